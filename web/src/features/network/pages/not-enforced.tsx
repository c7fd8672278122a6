import { useNavigate } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { api, type Schemas } from '@/api/client';
import { path } from '@/lib/path';
import { type Column, DataTable } from '@/ui/data-table';
import { Age, Instant } from '@/ui/day';
import { StateBadge } from '@/ui/state-badge';
import { Empty } from '@/ui/states';
import { Resend } from '../parts/account-history';
import { NetworkHead } from '../parts/network-head';

type Row = Schemas['NotEnforcedView'];

/** What was decided but the routers have not yet confirmed, oldest first. */
export function NotEnforcedPage() {
  const { t } = useTranslation('network');
  const navigate = useNavigate();
  const list = api.useQuery(
    'get',
    '/api/v1/access/not-enforced',
    { params: { query: { limit: 200 } } },
    { refetchInterval: 5000 },
  );
  const columns: Column<Row>[] = [
    {
      id: 'customer',
      header: t('customer'),
      cell: (row) => (
        <>
          <b>{row.customer_name}</b>
          <div className="quiet serial">{row.username}</div>
        </>
      ),
    },
    {
      id: 'desired',
      header: t('wanted'),
      cell: (row) => <StateBadge kind="access" state={row.desired} />,
    },
    { id: 'why', header: t('why'), wideOnly: true, cell: (row) => row.why },
    {
      id: 'age',
      header: t('waiting_for'),
      right: true,
      cell: (row) => <Age since={row.caused_at} />,
    },
    { id: 'tries', header: t('tries'), right: true, wideOnly: true, cell: (row) => row.attempts },
    {
      id: 'answer',
      header: t('last_answer'),
      wideOnly: true,
      cell: (row) => row.last_answer ?? '–',
    },
    {
      id: 'next',
      header: t('next_try'),
      right: true,
      wideOnly: true,
      cell: (row) => <Instant at={row.next_attempt_at} />,
    },
    {
      id: 'act',
      header: '',
      right: true,
      cell: (row) => <Resend subscription={row.subscription_id} />,
    },
  ];
  return (
    <>
      <NetworkHead at="not_enforced" />
      <DataTable
        label={t('not_enforced')}
        query={list}
        columns={columns}
        rowKey={(row) => row.subscription_id}
        onOpen={(row) => void navigate({ to: path.customer(row.customer_id) })}
        empty={
          <Empty icon="check" title={t('not_enforced_empty')} hint={t('not_enforced_empty_hint')} />
        }
      />
    </>
  );
}
