import { Tabs } from '@mantine/core';
import { useNavigate } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { useMe } from '@/api/session';
import { holds } from '@/lib/can';
import { path } from '@/lib/path';
import { PageHead } from './states';

const TABS = {
  company: { to: path.company(), permission: 'settings_read' },
  users: { to: path.users(), permission: 'user_read' },
  plans: { to: path.plans(), permission: 'plan_read' },
  policy: { to: path.policy(), permission: 'policy_read' },
  gateways: { to: path.gateways(), permission: 'ledger_read' },
} as const;

type Tab = keyof typeof TABS;

/** The head of the settings, with the places that this person may open. */
export function SetupHead({ at }: { at: Tab }) {
  const { t } = useTranslation('setup');
  const navigate = useNavigate();
  const me = useMe();
  const tabs = (Object.keys(TABS) as Tab[]).filter((tab) => holds(me, TABS[tab].permission));
  return (
    <>
      <PageHead title={t('setup')} />
      <Tabs
        mb="md"
        value={at}
        onChange={(to) => void navigate({ to: TABS[(to ?? 'company') as Tab].to })}
      >
        <Tabs.List style={{ flexWrap: 'nowrap', overflowX: 'auto' }}>
          {tabs.map((tab) => (
            <Tabs.Tab key={tab} value={tab}>
              {t(`tab_${tab}`)}
            </Tabs.Tab>
          ))}
        </Tabs.List>
      </Tabs>
    </>
  );
}
