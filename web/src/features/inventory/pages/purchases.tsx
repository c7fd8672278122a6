import { Box } from '@mantine/core';
import { keepPreviousData } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { api, type Schemas } from '@/api/client';
import { useCan } from '@/api/session';
import { listQuery, useListState } from '@/lib/list-state';
import { path } from '@/lib/path';
import { type Column, DataTable } from '@/ui/data-table';
import { Day } from '@/ui/day';
import { ExportMenu } from '@/ui/export-menu';
import { Icon } from '@/ui/icon';
import { ButtonTo } from '@/ui/link';
import { Money } from '@/ui/money';
import { StateBadge, stateWord } from '@/ui/state-badge';
import { Empty, PageHead } from '@/ui/states';

type Row = Schemas['PurchaseRowView'];

const STATES = [
  'draft',
  'submitted',
  'approved',
  'rejected',
  'partly_received',
  'received',
  'closed_short',
  'cancelled',
];

/** Purchase orders, newest first. */
export function PurchasesPage() {
  const { t } = useTranslation(['purchase', 'common']);
  const can = useCan();
  const state = useListState();
  const navigate = useNavigate();
  const asked = listQuery(state);
  const suppliers = api.useQuery('get', '/api/v1/suppliers', {
    params: { query: { archived: true } },
  });
  const list = api.useQuery(
    'get',
    '/api/v1/purchases',
    { params: { query: asked } },
    { placeholderData: keepPreviousData },
  );
  const columns: Column<Row>[] = [
    {
      id: 'number',
      header: t('number'),
      cell: (row) => (
        <>
          <b className="serial">{row.number}</b>
          <div className="quiet">{row.supplier_name}</div>
          <Box hiddenFrom="sm">
            <Money amount={row.total} />
          </Box>
        </>
      ),
    },
    {
      id: 'state',
      header: t('common:state'),
      cell: (row) => (
        <>
          <StateBadge kind="purchase" state={row.state} />
          {row.state === 'partly_received' && (
            <div className="quiet">{t('came_of', { n: row.lines_received, all: row.lines })}</div>
          )}
        </>
      ),
    },
    {
      id: 'total',
      header: t('total'),
      right: true,
      wideOnly: true,
      sort: '-total',
      cell: (row) => <Money amount={row.total} />,
    },
    { id: 'warehouse', header: t('warehouse'), wideOnly: true, cell: (row) => row.warehouse_name },
    {
      id: 'expected',
      header: t('expected'),
      wideOnly: true,
      right: true,
      sort: 'expected',
      cell: (row) => <Day day={row.expected_on} />,
    },
    { id: 'by', header: t('written_by'), wideOnly: true, cell: (row) => row.created_by },
  ];
  const write = can('purchase_write').allowed && (
    <ButtonTo to={path.newPurchase()} leftSection={<Icon name="plus" size={16} />}>
      {t('new')}
    </ButtonTo>
  );
  return (
    <>
      <PageHead title={t('purchases')} note={t('purchases_note')}>
        <ButtonTo variant="default" to={path.suppliers()}>
          {t('suppliers')}
        </ButtonTo>
        {write}
      </PageHead>
      <DataTable
        label={t('purchases')}
        query={list}
        columns={columns}
        rowKey={(row) => row.id}
        onOpen={(row) => void navigate({ to: path.purchase(row.id) })}
        state={state}
        searchable={t('search')}
        filters={[
          {
            id: 'state',
            label: t('common:state'),
            options: [
              { value: 'to_receive', label: t('to_receive') },
              ...STATES.map((value) => ({ value, label: stateWord('purchase', value) })),
            ],
          },
          {
            id: 'supplier',
            label: t('supplier'),
            options: (suppliers.data?.items ?? []).map((one) => ({
              value: one.id,
              label: one.name,
            })),
          },
        ]}
        tools={<ExportMenu list="purchases" query={asked} />}
        empty={
          <Empty
            icon="truck"
            title={t('purchases_empty')}
            hint={t('purchases_empty_hint')}
            action={write}
          />
        }
      />
    </>
  );
}
