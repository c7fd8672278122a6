import { Badge, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { api, type Schemas } from '@/api/client';
import { path } from '@/lib/path';
import { type Column, DataTable } from '@/ui/data-table';
import { Instant } from '@/ui/day';
import { To } from '@/ui/link';
import { Money } from '@/ui/money';
import { Empty } from '@/ui/states';

type Row = Schemas['CommissionView'];

type Props = { partner: string; customerPath?: (id: string) => string };

/** Each commission with its formula, what it came from, and whether it was taken back. */
export function CommissionList({ partner, customerPath = path.partnerCustomer }: Props) {
  const { t } = useTranslation('partner');
  const list = api.useQuery('get', '/api/v1/partners/{id}/commissions', {
    params: { path: { id: partner } },
  });
  const columns: Column<Row>[] = [
    {
      id: 'of',
      header: t('commission_of'),
      cell: (row) => (
        <>
          {row.customer_id ? (
            <To to={customerPath(row.customer_id)}>{row.customer_name}</To>
          ) : (
            <b>{t('from_below', { code: row.seller_code ?? '' })}</b>
          )}
          <Text size="xs" c="dimmed" component="div">
            {row.plan_name && `${row.plan_name} · `}
            <span className="serial">{row.invoice_number}</span> · <Instant at={row.accrued_at} />
          </Text>
          <Text size="xs" component="div">
            {row.formula}
          </Text>
        </>
      ),
    },
    {
      id: 'amount',
      header: t('amount'),
      right: true,
      cell: (row) => (
        <>
          <span style={{ textDecoration: row.taken_back_at ? 'line-through' : undefined }}>
            <Money amount={row.amount} tone={row.taken_back_at ? 'quiet' : 'in'} bold />
          </span>
          <div>
            {row.taken_back_at ? (
              <Badge color="red" variant="light" radius="sm" tt="none">
                {t('taken_back')}
              </Badge>
            ) : (
              row.netted && (
                <Badge color="gray" variant="light" radius="sm" tt="none">
                  {t('netted')}
                </Badge>
              )
            )}
          </div>
        </>
      ),
    },
  ];
  return (
    <DataTable
      label={t('commission')}
      query={list}
      columns={columns}
      rowKey={(row) => row.id}
      empty={<Empty icon="run" title={t('commission_empty')} hint={t('commission_empty_hint')} />}
    />
  );
}
