import { Stack, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { api, type Schemas } from '@/api/client';
import { formatMoney } from '@/lib/money';
import { Day } from '@/ui/day';
import { Empty } from '@/ui/states';

/** `12,5 %` from basis points. */
export function percent(bp: number): string {
  return `${(bp / 100).toLocaleString('id-ID', { maximumFractionDigits: 2 })} %`;
}

/** The rules by which commission is computed, the newest first. */
export function Rules({ rules }: { rules: Schemas['CommissionRule'][] }) {
  const { t } = useTranslation('partner');
  const plans = api.useQuery('get', '/api/v1/plans');
  const nameOf = (id: string) => plans.data?.items.find((plan) => plan.id === id)?.name ?? '–';
  if (rules.length === 0) return <Empty icon="run" title={t('rules_empty')} />;
  return (
    <Stack gap={8}>
      {[...rules].reverse().map((rule, index) => (
        <Text size="sm" component="div" key={`${index}-${rule.from}`}>
          <b>{rule.kind === 'percent' ? percent(rule.amount) : formatMoney(rule.amount)}</b>{' '}
          {t(rule.kind === 'percent' ? 'of_base' : 'per_invoice')} ·{' '}
          {rule.plan_id ? nameOf(rule.plan_id) : t('all_plans')} ·{' '}
          {t(rule.occasion === 'first' ? 'occasion_first' : 'occasion_recurring')} · {t('from')}{' '}
          <Day day={rule.from} />
        </Text>
      ))}
    </Stack>
  );
}
