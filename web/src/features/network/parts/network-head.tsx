import { Tabs } from '@mantine/core';
import { useNavigate } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { path } from '@/lib/path';
import { PageHead } from '@/ui/states';

const TABS = {
  sessions: path.network(),
  nas: path.nas(),
  rejects: path.rejects(),
  not_enforced: path.notEnforced(),
} as const;

/** The network's head, with its places. */
export function NetworkHead({ at }: { at: keyof typeof TABS }) {
  const { t } = useTranslation('network');
  const navigate = useNavigate();
  return (
    <>
      <PageHead title={t('network')} />
      <Tabs
        mb="md"
        value={at}
        onChange={(to) => void navigate({ to: TABS[(to ?? 'sessions') as keyof typeof TABS] })}
      >
        <Tabs.List style={{ flexWrap: 'nowrap', overflowX: 'auto' }}>
          {(Object.keys(TABS) as (keyof typeof TABS)[]).map((tab) => (
            <Tabs.Tab key={tab} value={tab}>
              {t(tab)}
            </Tabs.Tab>
          ))}
        </Tabs.List>
      </Tabs>
    </>
  );
}
