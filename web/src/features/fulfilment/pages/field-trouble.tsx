import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { api, type Schemas } from '@/api/client';
import { useCan } from '@/api/session';
import { path } from '@/lib/path';
import { type Column, DataTable } from '@/ui/data-table';
import { Instant } from '@/ui/day';
import { ButtonTo } from '@/ui/link';
import { StateBadge } from '@/ui/state-badge';
import { Empty, NoPermission, PageHead } from '@/ui/states';

type Row = Schemas['TroubledOp'];

/** Steps from technicians' phones that were refused, or wait for something. */
export function FieldTroublePage() {
  const { t } = useTranslation(['fulfilment', 'common']);
  const can = useCan();
  const navigate = useNavigate();
  const may = can('work_order_dispatch').allowed;
  const list = api.useQuery('get', '/api/v1/field/ops', {}, { enabled: may });
  const people = useNames(may);
  if (!may) return <NoPermission />;
  const columns: Column<Row>[] = [
    { id: 'step', header: t('step'), cell: (row) => <b>{t(`op_${row.kind}` as never)}</b> },
    {
      id: 'state',
      header: t('common:state'),
      cell: (row) => <StateBadge kind="field_op" state={row.state} />,
    },
    { id: 'detail', header: t('why'), cell: (row) => row.detail ?? '–' },
    {
      id: 'who',
      header: t('technicians'),
      wideOnly: true,
      cell: (row) => people.get(row.user_id) ?? '–',
    },
    {
      id: 'at',
      header: t('done_by_phone'),
      right: true,
      cell: (row) => <Instant at={row.occurred_at} />,
    },
  ];
  return (
    <>
      <PageHead title={t('trouble')} note={t('trouble_note')}>
        <ButtonTo variant="default" to={path.workOrders()}>
          {t('work_orders')}
        </ButtonTo>
      </PageHead>
      <DataTable
        label={t('trouble')}
        query={list}
        columns={columns}
        rowKey={(row) => row.op_id}
        onOpen={(row) => void navigate({ to: path.workOrder(row.subject) })}
        empty={<Empty icon="check" title={t('trouble_empty')} hint={t('trouble_empty_hint')} />}
      />
    </>
  );
}

/** Names of the technicians by their id. */
function useNames(enabled: boolean): Map<string, string> {
  const found = useQuery({ ...api.queryOptions('get', '/api/v1/technicians'), enabled });
  return new Map((found.data?.items ?? []).map((one) => [one.id, one.name]));
}
