import { keepPreviousData } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { api, type Schemas } from '@/api/client';
import { listQuery, useListState } from '@/lib/list-state';
import { path } from '@/lib/path';
import { formatPhone } from '@/lib/phone';
import { type Column, DataTable } from '@/ui/data-table';
import { ExportMenu } from '@/ui/export-menu';
import { Money } from '@/ui/money';
import { StateBadge, stateWord } from '@/ui/state-badge';
import { Empty, PageHead } from '@/ui/states';

type Row = Schemas['CustomerLine'];

const STATES = ['pending_install', 'ready', 'active', 'isolated', 'paused', 'terminated'];

export function CustomersPage() {
  const { t } = useTranslation(['crm', 'common']);
  const state = useListState();
  const navigate = useNavigate();
  const asked = listQuery(state);
  const list = api.useQuery(
    'get',
    '/api/v1/customers',
    { params: { query: asked } },
    { placeholderData: keepPreviousData },
  );
  const columns: Column<Row>[] = [
    {
      id: 'name',
      header: t('customer'),
      sort: 'name',
      cell: (row) => (
        <>
          <b>{row.name}</b>
          <div className="quiet">{row.number}</div>
        </>
      ),
    },
    {
      id: 'state',
      header: t('common:state'),
      cell: (row) =>
        row.state ? (
          <StateBadge kind="subscription" state={row.state} />
        ) : (
          <span className="quiet">–</span>
        ),
    },
    {
      id: 'phone',
      header: t('phone'),
      wideOnly: true,
      cell: (row) => <span className="nowrap">{formatPhone(row.phone)}</span>,
    },
    { id: 'address', header: t('address'), wideOnly: true, cell: (row) => row.address },
    { id: 'branch', header: t('common:branch'), wideOnly: true, cell: (row) => row.branch_name },
    {
      id: 'owed',
      header: t('common:outstanding'),
      right: true,
      cell: (row) => <Money amount={row.outstanding ?? 0} tone="owed" />,
      total: (rows) => (
        <Money amount={rows.reduce((sum, row) => sum + (row.outstanding ?? 0), 0)} />
      ),
    },
  ];
  return (
    <>
      <PageHead title={t('customers')} />
      <DataTable
        label={t('customers')}
        query={list}
        columns={columns}
        rowKey={(row) => row.id}
        onOpen={(row) => void navigate({ to: path.customer(row.id) })}
        state={state}
        searchable={t('customer_search')}
        filters={[
          {
            id: 'state',
            label: t('common:state'),
            options: STATES.map((value) => ({ value, label: stateWord('subscription', value) })),
          },
        ]}
        tools={<ExportMenu list="customers" query={asked} />}
        empty={
          <Empty icon="people" title={t('customers_empty')} hint={t('customers_empty_hint')} />
        }
      />
    </>
  );
}
