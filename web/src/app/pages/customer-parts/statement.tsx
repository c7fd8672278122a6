import { Box, Group, Stack } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { api, type Schemas } from '@/api/client';
import { path } from '@/lib/path';
import { type Column, DataTable } from '@/ui/data-table';
import { Instant } from '@/ui/day';
import { Figure, Panel } from '@/ui/facts';
import { To } from '@/ui/link';
import { Money } from '@/ui/money';
import { Empty } from '@/ui/states';

type Row = Schemas['StatementLine'];

function target(row: Row): string {
  if (row.kind === 'payment' || row.kind === 'reversal') return path.payment(row.id);
  return path.invoice(row.id);
}

/** The customer's account: what was charged and paid, with the balance after each. */
export function CustomerStatement({ customer }: { customer: string }) {
  const { t } = useTranslation(['chain', 'common']);
  const found = api.useQuery('get', '/api/v1/customers/{id}/statement', {
    params: { path: { id: customer }, query: { limit: 200 } },
  });
  const columns: Column<Row>[] = [
    {
      id: 'at',
      header: t('statement_at'),
      wideOnly: true,
      cell: (row) => <Instant at={row.at} />,
    },
    {
      id: 'what',
      header: t('statement_what'),
      cell: (row) => (
        <>
          {t(`statement_${row.kind}` as never)}
          <Box hiddenFrom="sm" className="quiet">
            <Instant at={row.at} />
          </Box>
          {row.number && (
            <div>
              {row.kind === 'credit_note' || row.kind === 'refund' ? (
                <span className="quiet serial">{row.number}</span>
              ) : (
                <To size="xs" to={target(row)}>
                  {row.number}
                </To>
              )}
            </div>
          )}
        </>
      ),
    },
    {
      id: 'amount',
      header: t('statement_amount'),
      right: true,
      cell: (row) => <Money amount={row.amount} tone={row.amount < 0 ? 'in' : 'plain'} />,
    },
    {
      id: 'balance',
      header: t('statement_balance'),
      right: true,
      cell: (row) => <Money amount={row.balance} />,
    },
  ];
  const lines = found.data?.lines;
  return (
    <Stack>
      {found.data && (
        <Panel>
          <Group gap={48}>
            <Figure
              label={t('statement_owed')}
              value={<Money amount={found.data.owed} tone="owed" />}
            />
            <Figure
              label={t('common:credit')}
              value={<Money amount={found.data.credit} tone="in" />}
            />
          </Group>
        </Panel>
      )}
      <DataTable
        label={t('tab_statement')}
        query={{ ...found, data: lines && { items: lines } }}
        columns={columns}
        rowKey={(row) => `${row.kind}-${row.id}-${row.at}-${row.amount}`}
        empty={<Empty icon="cash" title={t('statement_empty')} />}
      />
    </Stack>
  );
}
