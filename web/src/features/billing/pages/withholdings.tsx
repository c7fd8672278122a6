// Tax that customers kept back and whose paper is still missing, oldest first.
import { useTranslation } from 'react-i18next';
import { api, type Schemas } from '@/api/client';
import { useCan } from '@/api/session';
import { path } from '@/lib/path';
import { type Column, DataTable } from '@/ui/data-table';
import { Age } from '@/ui/day';
import { FormAction } from '@/ui/form';
import { To } from '@/ui/link';
import { Money } from '@/ui/money';
import { Empty } from '@/ui/states';
import { CertifyForm } from '../parts/certify-form';
import { MoneyHead } from '../parts/money-head';

type Row = Schemas['Withholding'];

export function WithholdingsPage() {
  const { t } = useTranslation('billing');
  const can = useCan();
  const list = api.useQuery('get', '/api/v1/withholdings');
  const columns: Column<Row>[] = [
    {
      id: 'kind',
      header: t('kind'),
      cell: (row) => <b>{t(`withholding_${row.kind}` as never)}</b>,
    },
    {
      id: 'invoice',
      header: t('invoice'),
      cell: (row) => (
        <To size="sm" to={path.invoice(row.invoice_id)}>
          {t('open_invoice')}
        </To>
      ),
    },
    {
      id: 'customer',
      header: t('customer'),
      wideOnly: true,
      cell: (row) => (
        <To size="sm" to={path.customer(row.customer_id)}>
          {t('open_customer')}
        </To>
      ),
    },
    {
      id: 'age',
      header: t('waiting_for'),
      right: true,
      cell: (row) => <Age since={row.recorded_at} />,
    },
    {
      id: 'amount',
      header: t('withheld'),
      right: true,
      cell: (row) => <Money amount={row.amount} />,
      total: (rows) => <Money amount={rows.reduce((sum, row) => sum + row.amount, 0)} />,
    },
    {
      id: 'act',
      header: '',
      right: true,
      cell: (row) => (
        <FormAction size="compact-sm" label={t('certify')} verdict={can('payment_write')}>
          {(close) => <CertifyForm id={row.id} close={close} />}
        </FormAction>
      ),
    },
  ];
  return (
    <>
      <MoneyHead at="withholdings" />
      <DataTable
        label={t('withholdings')}
        query={list}
        columns={columns}
        rowKey={(row) => row.id}
        empty={
          <Empty icon="check" title={t('withholdings_empty')} hint={t('withholdings_empty_hint')} />
        }
      />
    </>
  );
}
