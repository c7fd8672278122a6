import { useNavigate } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { useMe } from '@/api/session';
import { holds } from '@/lib/can';
import { path } from '@/lib/path';
import { SectionTabs } from './section-tabs';
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
      <SectionTabs
        value={at}
        tabs={tabs.map((tab) => ({ value: tab, label: t(`tab_${tab}`) }))}
        onChange={(to) => void navigate({ to: TABS[to].to })}
      />
    </>
  );
}
