// What was bought in ERPNext: it can be read here, not changed.
import { Badge, Stack, Text } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, type Schemas } from '@/api/client';
import { type Column, DataTable } from '@/ui/data-table';
import { Day } from '@/ui/day';
import { FormDrawer } from '@/ui/form';
import { Money } from '@/ui/money';
import { Empty } from '@/ui/states';

type Paper = Schemas['ForeignPaper'];

export function Purchases() {
  const { t } = useTranslation('bridge');
  const [opened, open] = useState<Paper | null>(null);
  const list = api.useQuery('get', '/api/v1/engines/purchases');
  const columns: Column<Paper>[] = [
    {
      id: 'paper',
      header: t('paper'),
      cell: (row) => (
        <>
          <span className="serial">{row.external_id}</span>
          <div className="quiet">
            {t(row.kind === 'receipt' ? 'paper_receipt' : 'paper_order')} · <Day day={row.dated} />
          </div>
        </>
      ),
    },
    { id: 'supplier', header: t('supplier'), cell: (row) => row.supplier },
    {
      id: 'status',
      header: t('paper_status'),
      wideOnly: true,
      cell: (row) => (
        <Badge color={row.stage === 'cancelled' ? 'gray' : 'teal'} variant="light" tt="none">
          {row.status}
        </Badge>
      ),
    },
    {
      id: 'total',
      header: t('paper_total'),
      right: true,
      cell: (row) => <Money amount={row.total} />,
    },
  ];
  return (
    <>
      <DataTable
        label={t('purchases')}
        query={list}
        columns={columns}
        rowKey={(row) => row.id}
        onOpen={open}
        tools={<Text fw={600}>{t('purchases')}</Text>}
        empty={<Empty icon="box" title={t('purchases_empty')} hint={t('purchases_empty_hint')} />}
      />
      <FormDrawer
        opened={opened != null}
        close={() => open(null)}
        title={opened?.external_id ?? ''}
      >
        <Stack>
          {opened?.lines.map((line, index) => (
            <Stack key={`${index}-${line.item}`} gap={2}>
              <Text fw={600}>{line.name}</Text>
              <Text size="sm" component="div">
                {line.quantity} × · <Money amount={line.amount} />
                {line.received != null && ` · ${t('paper_received', { n: line.received })}`}
              </Text>
              {line.serials.length > 0 && (
                <Text size="sm" className="serial">
                  {line.serials.join(', ')}
                </Text>
              )}
              {line.order && (
                <Text size="xs" c="dimmed">
                  {line.order}
                </Text>
              )}
            </Stack>
          ))}
        </Stack>
      </FormDrawer>
    </>
  );
}
