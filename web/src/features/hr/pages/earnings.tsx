// Insentif & komisi: the rules, and what everybody earned beside the salary in a month.
import { Badge, Grid, Group, Stack } from '@mantine/core';
import { keepPreviousData } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, type Schemas } from '@/api/client';
import { useCan, useToday } from '@/api/session';
import { useListState } from '@/lib/list-state';
import { type Column, DataTable } from '@/ui/data-table';
import { ExportMenu } from '@/ui/export-menu';
import { Panel } from '@/ui/facts';
import { FormAction, FormDrawer } from '@/ui/form';
import { Money } from '@/ui/money';
import { Empty, Failed, Loading, PageHead } from '@/ui/states';
import { monthAt } from '../month';
import { EarningRows } from '../parts/earning-rows';
import { AddEarningRule, EarningRules } from '../parts/earning-rules';
import { MonthSteps } from '../parts/month-steps';

type Person = Schemas['PersonEarnings'];

export function EarningsPage() {
  const { t } = useTranslation('hr');
  const can = useCan();
  const now = monthAt(useToday(), 0);
  const state = useListState();
  const month = state.filters.month ?? now;
  const [opened, open] = useState<Person | null>(null);
  const found = api.useQuery(
    'get',
    '/api/v1/earnings',
    { params: { query: { month } } },
    { placeholderData: keepPreviousData },
  );
  const rules = api.useQuery('get', '/api/v1/earning-rules');
  const columns: Column<Person>[] = [
    { id: 'name', header: t('employee'), cell: (row) => <b>{row.name}</b> },
    {
      id: 'commission',
      header: t('commission'),
      right: true,
      wideOnly: true,
      cell: (row) => <Money amount={row.commission} />,
    },
    {
      id: 'incentive',
      header: t('incentive'),
      right: true,
      wideOnly: true,
      cell: (row) => <Money amount={row.incentive} />,
    },
    {
      id: 'total',
      header: t('total'),
      right: true,
      cell: (row) => <Money amount={row.total} bold />,
      total: (rows) => <Money amount={rows.reduce((sum, row) => sum + row.total, 0)} bold />,
    },
  ];
  return (
    <>
      <PageHead title={t('earnings')} note={t('earnings_note')}>
        <MonthSteps month={month} change={(to) => state.set({ month: to === now ? null : to })} />
        <FormAction label={t('rule_add')} verdict={can('earning_write')}>
          {(close) => <AddEarningRule close={close} />}
        </FormAction>
      </PageHead>
      <Grid gap="md">
        <Grid.Col span={{ base: 12, lg: 7 }}>
          <DataTable
            label={t('earnings')}
            query={{ ...found, data: found.data && { items: found.data.people } }}
            columns={columns}
            rowKey={(row) => row.user_id}
            onOpen={open}
            tools={
              <Group gap={8}>
                {found.data && (
                  <Badge color={found.data.closed ? 'gray' : 'teal'} variant="light" tt="none">
                    {t(found.data.closed ? 'month_closed' : 'month_open')}
                  </Badge>
                )}
                <ExportMenu list="earnings" query={{ month }} />
              </Group>
            }
            empty={
              <Empty icon="cash" title={t('earnings_empty')} hint={t('earnings_empty_hint')} />
            }
          />
        </Grid.Col>
        <Grid.Col span={{ base: 12, lg: 5 }}>
          <Panel title={t('rules')}>
            {rules.isPending && <Loading rows={3} />}
            {rules.error && <Failed error={rules.error} again={() => void rules.refetch()} />}
            {rules.data && <EarningRules rules={rules.data.items} />}
          </Panel>
        </Grid.Col>
      </Grid>
      <FormDrawer opened={opened != null} close={() => open(null)} title={opened?.name ?? ''}>
        {opened && (
          <Stack>
            <EarningRows rows={opened.rows} />
          </Stack>
        )}
      </FormDrawer>
    </>
  );
}
