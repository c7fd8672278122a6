// The rules of commission and incentive: the newest first, those in force marked; a new one replaces from its day on.
import { Badge, Group, SegmentedControl, Select, Stack, Text, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useQueryClient } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { api, type Schemas } from '@/api/client';
import { useToday } from '@/api/session';
import { formatMoney, parseMoney } from '@/lib/money';
import { keyed } from '@/lib/request-key';
import { Day } from '@/ui/day';
import { FormBody, MoneyInput } from '@/ui/form';
import { Empty } from '@/ui/states';

type Rule = Schemas['EarningRuleView'];

/** `12,5 %` from basis points. */
function percent(bp: number): string {
  return `${(bp / 100).toLocaleString('id-ID', { maximumFractionDigits: 2 })} %`;
}

/** Basis points from `12,5`; nothing when it is no percentage. */
export function basisPoints(text: string): number | null {
  const read = /^(\d{1,3})(?:[.,](\d{1,2}))?$/.exec(text.trim().replace(/\s*%$/, ''));
  if (!read) return null;
  const points = Number(read[1]) * 100 + Number((read[2] ?? '').padEnd(2, '0'));
  return points <= 10_000 ? points : null;
}

export function EarningRules({ rules }: { rules: Rule[] }) {
  const { t } = useTranslation('hr');
  if (rules.length === 0) {
    return <Empty icon="run" title={t('rules_empty')} hint={t('rules_empty_hint')} />;
  }
  return (
    <Stack gap={8}>
      {rules.map((rule) => (
        <Group key={rule.id} gap={8} wrap="nowrap" justify="space-between">
          <Text size="sm" component="div" c={rule.in_force ? undefined : 'dimmed'}>
            <b>{amountOf(rule, t('rule_ended'))}</b>{' '}
            {t(rule.kind === 'commission' ? 'for_sale' : 'for_install')} ·{' '}
            {rule.plan_name ?? t('all_plans')} · {rule.user_name ?? t('everybody')} · {t('from')}{' '}
            <Day day={rule.from_on} />
          </Text>
          {rule.in_force && (
            <Badge color="teal" variant="light" tt="none" style={{ flexShrink: 0 }}>
              {t('in_force')}
            </Badge>
          )}
        </Group>
      ))}
    </Stack>
  );
}

function amountOf(rule: Rule, ended: string): string {
  if (rule.amount === 0) return ended;
  return rule.measure === 'percent' ? percent(rule.amount) : formatMoney(rule.amount);
}

export function AddEarningRule({ close }: { close: () => void }) {
  const { t } = useTranslation(['hr', 'common']);
  const today = useToday();
  const queries = useQueryClient();
  const rules = api.useQuery('get', '/api/v1/earning-rules');
  const people = api.useQuery('get', '/api/v1/people');
  const add = api.useMutation('post', '/api/v1/earning-rules', { meta: { quiet: true } });
  const form = useForm({
    initialValues: {
      kind: 'commission',
      measure: 'percent',
      plan_id: '',
      user_id: '',
      amount: '',
      from_on: today,
    },
    validate: {
      amount: (value, all) => (read(value, all) === null ? t('amount_unread') : null),
    },
  });
  const values = form.values;
  const isPercent = values.kind === 'commission' && values.measure === 'percent';
  const submit = async (filled: typeof values, key: string) => {
    await add.mutateAsync({
      body: {
        kind: filled.kind,
        measure: isPercent ? 'percent' : 'flat',
        plan_id: filled.plan_id || null,
        user_id: filled.user_id || null,
        amount: read(filled.amount, filled) ?? 0,
        from_on: filled.from_on,
      },
      ...keyed(key),
    });
    await queries.invalidateQueries();
    close();
  };
  return (
    <FormBody form={form} onSubmit={submit} submit={t('common:save')} cancel={close}>
      <SegmentedControl
        aria-label={t('rule_for')}
        data={[
          { value: 'commission', label: t('for_sale') },
          { value: 'incentive', label: t('for_install') },
        ]}
        {...form.getInputProps('kind')}
      />
      {values.kind === 'commission' && (
        <SegmentedControl
          aria-label={t('measure')}
          data={[
            { value: 'percent', label: t('measure_percent') },
            { value: 'flat', label: t('measure_flat') },
          ]}
          {...form.getInputProps('measure')}
        />
      )}
      {isPercent ? (
        <TextInput
          label={t('measure_percent')}
          description={t('percent_hint')}
          required
          inputMode="decimal"
          rightSection="%"
          {...form.getInputProps('amount')}
        />
      ) : (
        <MoneyInput
          label={t('measure_flat')}
          description={t(values.kind === 'incentive' ? 'install_hint' : 'flat_hint')}
          required
          {...form.getInputProps('amount')}
        />
      )}
      <Choice
        label={t('plan')}
        none={t('all_plans')}
        of={rules.data?.plans ?? []}
        value={values.plan_id}
        error={form.errors.plan_id}
        choose={(id) => form.setFieldValue('plan_id', id)}
      />
      <Choice
        label={t('person')}
        none={t('everybody')}
        of={(people.data?.items ?? []).filter((one) => one.is_employee)}
        value={values.user_id}
        error={form.errors.user_id}
        choose={(id) => form.setFieldValue('user_id', id)}
      />
      <TextInput
        label={t('from')}
        description={t('from_hint')}
        type="date"
        required
        {...form.getInputProps('from_on')}
      />
    </FormBody>
  );
}

function read(value: string, all: { kind: string; measure: string }): number | null {
  if (all.kind === 'commission' && all.measure === 'percent') return basisPoints(value);
  return parseMoney(value);
}

type ChoiceProps = {
  label: string;
  none: string;
  of: { id: string; name: string }[];
  value: string;
  error: ReactNode;
  choose: (id: string) => void;
};

function Choice({ label, none, of, value, error, choose }: ChoiceProps) {
  return (
    <Select
      label={label}
      placeholder={none}
      clearable
      searchable
      data={of.map((one) => ({ value: one.id, label: one.name }))}
      value={value || null}
      error={error}
      onChange={(chosen) => choose(chosen ?? '')}
    />
  );
}
