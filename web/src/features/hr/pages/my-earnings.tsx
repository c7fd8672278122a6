// What I earned beside the salary in a month, and what it is made of.
import { Card, Stack, Text } from '@mantine/core';
import { keepPreviousData } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api } from '@/api/client';
import { useToday } from '@/api/session';
import { Money } from '@/ui/money';
import { Empty, Failed, Loading, PageHead } from '@/ui/states';
import { monthAt } from '../month';
import { EarningRows } from '../parts/earning-rows';
import { MonthSteps } from '../parts/month-steps';

export function MyEarningsPage() {
  const { t } = useTranslation('hr');
  const [month, change] = useState(monthAt(useToday(), 0));
  const found = api.useQuery(
    'get',
    '/api/v1/me/earnings',
    { params: { query: { month } } },
    { placeholderData: keepPreviousData },
  );
  const mine = found.data?.people[0];
  return (
    <Stack>
      <PageHead title={t('my_earnings')} note={t('my_earnings_note')} />
      <MonthSteps month={month} change={change} />
      {found.isPending && <Loading rows={3} />}
      {found.error && <Failed error={found.error} again={() => void found.refetch()} />}
      {found.data && !mine && (
        <Empty icon="cash" title={t('my_earnings_empty')} hint={t('my_earnings_empty_hint')} />
      )}
      {mine && (
        <Card
          withBorder
          padding="md"
          style={{ background: 'var(--surface)', borderColor: 'var(--line)' }}
        >
          <Text size="sm" c="dimmed">
            {t(found.data?.closed ? 'month_closed' : 'month_open')}
          </Text>
          <Text fz={28} fw={700} component="div" mb="md">
            <Money amount={mine.total} />
          </Text>
          <EarningRows rows={mine.rows} />
        </Card>
      )}
    </Stack>
  );
}
