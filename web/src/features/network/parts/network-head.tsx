import { Tabs } from '@mantine/core';
import { useNavigate } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { useMe } from '@/api/session';
import { holds } from '@/lib/can';
import { path } from '@/lib/path';
import { PageHead } from '@/ui/states';

const TABS = {
  sessions: { to: path.network(), permission: 'session_read' },
  accounts: { to: path.accounts(), permission: 'account_read' },
  nas: { to: path.nas(), permission: 'nas_read' },
  rejects: { to: path.rejects(), permission: 'session_read' },
  not_enforced: { to: path.notEnforced(), permission: 'session_read' },
  timings: { to: path.timings(), permission: 'session_read' },
} as const;

type Tab = keyof typeof TABS;

/** The network's head, with its places. */
export function NetworkHead({ at }: { at: Tab }) {
  const { t } = useTranslation('network');
  const navigate = useNavigate();
  const me = useMe();
  const tabs = (Object.keys(TABS) as Tab[]).filter((tab) => holds(me, TABS[tab].permission));
  return (
    <>
      <PageHead title={t('network')} />
      <Tabs
        mb="md"
        value={at}
        onChange={(to) => void navigate({ to: TABS[(to ?? 'sessions') as Tab].to })}
      >
        <Tabs.List style={{ flexWrap: 'nowrap', overflowX: 'auto' }}>
          {tabs.map((tab) => (
            <Tabs.Tab key={tab} value={tab}>
              {t(tab)}
            </Tabs.Tab>
          ))}
        </Tabs.List>
      </Tabs>
    </>
  );
}
