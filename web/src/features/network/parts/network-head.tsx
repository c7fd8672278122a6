import { useNavigate } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { useMe } from '@/api/session';
import { holds } from '@/lib/can';
import { path } from '@/lib/path';
import { SectionTabs } from '@/ui/section-tabs';
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
      <SectionTabs
        value={at}
        tabs={tabs.map((tab) => ({ value: tab, label: t(tab) }))}
        onChange={(to) => void navigate({ to: TABS[to].to })}
      />
    </>
  );
}
