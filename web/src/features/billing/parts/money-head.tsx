import { useNavigate } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useMe } from '@/api/session';
import { holds } from '@/lib/can';
import { path } from '@/lib/path';
import { SectionTabs } from '@/ui/section-tabs';
import { PageHead } from '@/ui/states';

const TABS = {
  invoices: { to: path.invoices(), permission: 'invoice_read' },
  payments: { to: path.payments(), permission: 'payment_read' },
  cash: { to: path.cash(), permission: 'ledger_read' },
  aging: { to: path.aging(), permission: 'ledger_read' },
  approvals: { to: path.approvals(), permission: 'payment_approve' },
  notices: { to: path.notices(), permission: 'ledger_read' },
  withholdings: { to: path.withholdings(), permission: 'ledger_read' },
  vouchers: { to: path.vouchers(), permission: 'voucher_read' },
  sweeps: { to: path.sweeps(), permission: 'sweep_approve' },
} as const;

type Tab = keyof typeof TABS;

/** The head of the money pages, with the places that this person may open. */
export function MoneyHead({ at, children }: { at: Tab; children?: ReactNode }) {
  const { t } = useTranslation('billing');
  const navigate = useNavigate();
  const me = useMe();
  const tabs = (Object.keys(TABS) as Tab[]).filter((tab) => holds(me, TABS[tab].permission));
  return (
    <>
      <PageHead title={t(at)}>{children}</PageHead>
      {tabs.length > 1 && (
        <SectionTabs
          value={at}
          tabs={tabs.map((tab) => ({ value: tab, label: t(tab) }))}
          onChange={(to) => void navigate({ to: TABS[to].to })}
        />
      )}
    </>
  );
}
