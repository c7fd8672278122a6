// Money that a gateway told of and that belongs to nobody yet: a person says whose it is.
import { Stack, Text } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useTranslation } from 'react-i18next';
import { api, type Schemas } from '@/api/client';
import { useCan } from '@/api/session';
import { path } from '@/lib/path';
import { keyed } from '@/lib/request-key';
import { CustomerPicker } from '@/ui/customer-picker';
import { type Column, DataTable } from '@/ui/data-table';
import { Instant } from '@/ui/day';
import { FormAction, FormBody } from '@/ui/form';
import { To } from '@/ui/link';
import { Money } from '@/ui/money';
import { Empty } from '@/ui/states';
import { BankLines } from '../parts/bank-lines';
import { MoneyHead } from '../parts/money-head';

type Row = Schemas['ParkedNotice'];

export function NoticesPage() {
  const { t } = useTranslation('billing');
  const can = useCan();
  const list = api.useQuery('get', '/api/v1/notices', undefined, { refetchInterval: 30_000 });
  const columns: Column<Row>[] = [
    {
      id: 'what',
      header: t('notice'),
      cell: (row) => (
        <>
          <b className="serial">{row.payment_reference}</b>
          <div className="quiet">{row.gateway}</div>
        </>
      ),
    },
    { id: 'why', header: t('reason'), cell: (row) => t(`notice_${row.state}` as never) },
    {
      id: 'ours',
      header: t('notice_intent'),
      wideOnly: true,
      cell: (row) => <span className="serial">{row.intent_reference}</span>,
    },
    {
      id: 'customer',
      header: t('customer'),
      wideOnly: true,
      cell: (row) =>
        row.customer_id ? (
          <To size="sm" to={path.customer(row.customer_id)}>
            {t('open_customer')}
          </To>
        ) : (
          '–'
        ),
    },
    {
      id: 'paid',
      header: t('paid_at'),
      right: true,
      wideOnly: true,
      cell: (row) => <Instant at={row.paid_at} />,
    },
    {
      id: 'amount',
      header: t('amount_received'),
      right: true,
      cell: (row) => <Money amount={row.amount} bold />,
    },
    {
      id: 'act',
      header: '',
      right: true,
      cell: (row) => (
        <FormAction size="compact-sm" label={t('notice_accept')} verdict={can('payment_approve')}>
          {(close) => <AcceptForm notice={row} close={close} />}
        </FormAction>
      ),
    },
  ];
  return (
    <>
      <MoneyHead at="notices" />
      <Stack>
        <BankLines />
        <DataTable
          label={t('notices')}
          query={list}
          columns={columns}
          rowKey={(row) => row.id}
          empty={<Empty icon="check" title={t('notices_empty')} hint={t('notices_empty_hint')} />}
        />
      </Stack>
    </>
  );
}

function AcceptForm({ notice, close }: { notice: Row; close: () => void }) {
  const { t } = useTranslation(['billing', 'common']);
  const accept = api.useMutation('post', '/api/v1/notices/{id}/accept', { meta: { quiet: true } });
  const asks = !notice.customer_id;
  const form = useForm({
    initialValues: { customer_id: '' },
    validate: { customer_id: (value) => (asks && !value ? t('common:required') : null) },
  });
  return (
    <FormBody
      form={form}
      submit={t('notice_accept')}
      cancel={close}
      onSubmit={async ({ customer_id }, key) => {
        await accept.mutateAsync({
          params: { path: { id: notice.id } },
          body: { customer_id: customer_id || null },
          ...keyed(key),
        });
        close();
      }}
    >
      <Text size="sm">
        {t('notice_accept_text')} <Money amount={notice.amount} bold />
      </Text>
      {asks && (
        <CustomerPicker label={t('customer')} required {...form.getInputProps('customer_id')} />
      )}
    </FormBody>
  );
}
