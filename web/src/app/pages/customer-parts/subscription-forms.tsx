// The forms behind a subscription's actions.
import { NumberInput, Select, Stack, Text, Textarea, TextInput } from '@mantine/core';
import { DateInput } from '@/ui/day-input';
import { useForm } from '@mantine/form';
import { useTranslation } from 'react-i18next';
import { useQuery } from '@tanstack/react-query';
import { api, client, type Schemas } from '@/api/client';
import { useCan, useToday } from '@/api/session';
import { plusDays } from '@/lib/day';
import { formatMoney, parseMoney } from '@/lib/money';
import { keyed } from '@/lib/request-key';
import { FormBody, MoneyInput } from '@/ui/form';
import { ChangePreview } from './change-preview';

export type Chain = Schemas['ChainView'];
export type FormProps = { chain: Chain; close: () => void };

const quiet = { meta: { quiet: true } };
const pathOf = (chain: Chain) => ({ path: { id: chain.subscription_id } });

export function PromiseForm({ chain, close }: FormProps) {
  const { t } = useTranslation(['chain', 'common']);
  const today = useToday();
  const send = api.useMutation('post', '/api/v1/promises', quiet);
  const form = useForm({ initialValues: { until: plusDays(today, 3) } });
  return (
    <FormBody
      form={form}
      submit={t('do_promise')}
      cancel={close}
      onSubmit={async ({ until }, key) => {
        await send.mutateAsync({
          body: { subscription_id: chain.subscription_id, until },
          ...keyed(key),
        });
        close();
      }}
    >
      <Text size="sm">{t('promise_text')}</Text>
      <DateInput label={t('until')} minDate={today} {...form.getInputProps('until')} />
    </FormBody>
  );
}

export function PlanForm({ chain, close }: FormProps) {
  const { t } = useTranslation(['chain', 'common']);
  const today = useToday();
  const plans = api.useQuery('get', '/api/v1/plans');
  const send = api.useMutation('post', '/api/v1/subscriptions/{id}/plan-change', quiet);
  const form = useForm({
    initialValues: { plan_id: '', from_day: today },
    validate: { plan_id: (value) => (value ? null : t('common:required')) },
  });
  const body = form.values;
  const preview = useQuery({
    queryKey: ['plan-change', chain.subscription_id, body],
    queryFn: async ({ signal }) => {
      const { data } = await client.POST('/api/v1/subscriptions/{id}/plan-change/preview', {
        params: pathOf(chain),
        body,
        signal,
      });
      return data ?? null;
    },
    enabled: Boolean(body.plan_id),
  });
  return (
    <FormBody
      form={form}
      submit={t('do_plan')}
      cancel={close}
      onSubmit={async (values, key) => {
        await send.mutateAsync({ params: pathOf(chain), body: values, ...keyed(key) });
        close();
      }}
    >
      <Text size="sm">{t(`plan_text_${chain.mode}` as never)}</Text>
      <Select
        label={t('plan_new')}
        required
        searchable
        data={(plans.data?.items ?? [])
          .filter((one) => !one.archived && one.id !== chain.plan_id)
          .map((one) => ({ value: one.id, label: `${one.name} · ${formatMoney(one.price)}` }))}
        {...form.getInputProps('plan_id')}
        onChange={(value) => form.setFieldValue('plan_id', value ?? '')}
      />
      <DateInput label={t('from')} minDate={today} {...form.getInputProps('from_day')} />
      <ChangePreview found={{ ...preview, data: preview.data ?? undefined }} />
    </FormBody>
  );
}

export function PauseForm({ chain, close }: FormProps) {
  const { t } = useTranslation(['chain', 'common']);
  const today = useToday();
  const send = api.useMutation('post', '/api/v1/subscriptions/{id}/pause', quiet);
  const form = useForm({ initialValues: { from: plusDays(today, 1), to: plusDays(today, 30) } });
  return (
    <FormBody
      form={form}
      submit={t('do_pause')}
      cancel={close}
      onSubmit={async (values, key) => {
        await send.mutateAsync({ params: pathOf(chain), body: values, ...keyed(key) });
        close();
      }}
    >
      <Text size="sm">{t('pause_text')}</Text>
      <Stack>
        <DateInput label={t('from')} minDate={today} {...form.getInputProps('from')} />
        <DateInput label={t('until')} minDate={today} {...form.getInputProps('to')} />
      </Stack>
    </FormBody>
  );
}

export function HoldForm({ chain, close }: FormProps) {
  const { t } = useTranslation(['chain', 'common']);
  const can = useCan();
  const manual = api.useMutation('post', '/api/v1/holds/manual', quiet);
  const abuse = api.useMutation('post', '/api/v1/holds/abuse', quiet);
  const kinds = [
    ...(can('hold_manual_write').allowed ? (['manual'] as const) : []),
    ...(can('hold_abuse_write').allowed ? (['abuse'] as const) : []),
  ];
  const form = useForm({
    initialValues: { kind: kinds[0] ?? 'manual', why: '' },
    validate: { why: (value) => (value.trim() ? null : t('common:required')) },
  });
  return (
    <FormBody
      form={form}
      submit={t('do_hold')}
      cancel={close}
      onSubmit={async ({ kind, why }, key) => {
        const send = kind === 'abuse' ? abuse : manual;
        await send.mutateAsync({
          body: { subscription_id: chain.subscription_id, why: why.trim() },
          ...keyed(key),
        });
        close();
      }}
    >
      <Text size="sm">{t('hold_text')}</Text>
      <Select
        label={t('hold_kind')}
        data={kinds.map((value) => ({ value, label: t(`hold_${value}`) }))}
        {...form.getInputProps('kind')}
      />
      <Textarea
        label={t('hold_why')}
        required
        autosize
        minRows={2}
        {...form.getInputProps('why')}
      />
    </FormBody>
  );
}

export function TerminateForm({ chain, close }: FormProps) {
  const { t } = useTranslation(['chain', 'common']);
  const today = useToday();
  const send = api.useMutation('post', '/api/v1/subscriptions/{id}/terminate', quiet);
  const form = useForm({ initialValues: { last_day: today } });
  const body = form.values;
  const preview = useQuery({
    queryKey: ['terminate', chain.subscription_id, body],
    queryFn: async ({ signal }) => {
      const { data } = await client.POST('/api/v1/subscriptions/{id}/terminate/preview', {
        params: pathOf(chain),
        body,
        signal,
      });
      return data ?? null;
    },
  });
  return (
    <FormBody
      form={form}
      submit={t('do_terminate')}
      cancel={close}
      onSubmit={async (values, key) => {
        await send.mutateAsync({ params: pathOf(chain), body: values, ...keyed(key) });
        close();
      }}
    >
      <Text size="sm">{t('terminate_text')}</Text>
      <DateInput label={t('last_day')} {...form.getInputProps('last_day')} />
      <ChangePreview found={{ ...preview, data: preview.data ?? undefined }} />
    </FormBody>
  );
}

export function ExtraForm({ chain, close }: FormProps) {
  const { t } = useTranslation(['chain', 'common']);
  const today = useToday();
  const send = api.useMutation('post', '/api/v1/subscriptions/{id}/extras', quiet);
  const form = useForm({
    initialValues: {
      kind: 'add_on',
      name: '',
      amount: '',
      percent: '' as number | string,
      periods: '' as number | string,
      from: today,
    },
    validate: {
      name: (value) => (value.trim() ? null : t('common:required')),
      amount: (value, values) =>
        values.percent || (parseMoney(value) ?? 0) > 0 ? null : t('common:required'),
    },
  });
  const discount = form.values.kind === 'discount';
  return (
    <FormBody
      form={form}
      submit={t('do_extra')}
      cancel={close}
      onSubmit={async (values, key) => {
        await send.mutateAsync({
          params: pathOf(chain),
          body: {
            kind: values.kind,
            name: values.name.trim(),
            from: values.from,
            ...(discount && values.percent
              ? { percent_bp: Math.round(Number(values.percent) * 100) }
              : { amount: parseMoney(values.amount) ?? 0 }),
            ...(discount && values.periods ? { periods: Number(values.periods) } : {}),
          },
          ...keyed(key),
        });
        close();
      }}
    >
      <Select
        label={t('kind')}
        allowDeselect={false}
        data={[
          { value: 'add_on', label: t('extra_add_on') },
          { value: 'discount', label: t('extra_discount') },
        ]}
        {...form.getInputProps('kind')}
        onChange={(value) => form.setValues({ kind: value ?? 'add_on', percent: '' })}
      />
      <TextInput label={t('extra_name')} required {...form.getInputProps('name')} />
      {discount && (
        <NumberInput
          label={t('extra_percent')}
          min={0}
          max={100}
          suffix=" %"
          {...form.getInputProps('percent')}
        />
      )}
      {!(discount && form.values.percent) && (
        <MoneyInput label={t('extra_amount')} {...form.getInputProps('amount')} />
      )}
      {discount && (
        <NumberInput
          label={t('extra_periods')}
          description={t('extra_periods_hint')}
          min={1}
          max={60}
          {...form.getInputProps('periods')}
        />
      )}
      <DateInput label={t('from')} {...form.getInputProps('from')} />
    </FormBody>
  );
}

export function AheadForm({ chain, close }: FormProps) {
  const { t } = useTranslation(['chain', 'common']);
  const send = api.useMutation('post', '/api/v1/subscriptions/{id}/months-ahead', quiet);
  const form = useForm({ initialValues: { months: '3' } });
  const months = Number(form.values.months);
  const preview = useQuery({
    queryKey: ['ahead', chain.subscription_id, months],
    queryFn: async ({ signal }) => {
      const { data } = await client.POST('/api/v1/subscriptions/{id}/months-ahead/preview', {
        params: pathOf(chain),
        body: { months },
        signal,
      });
      return data ?? null;
    },
  });
  return (
    <FormBody
      form={form}
      submit={t('do_ahead')}
      cancel={close}
      onSubmit={async (_, key) => {
        await send.mutateAsync({ params: pathOf(chain), body: { months }, ...keyed(key) });
        close();
      }}
    >
      <Select
        label={t('months')}
        allowDeselect={false}
        data={['3', '6', '12']}
        {...form.getInputProps('months')}
      />
      <ChangePreview found={{ ...preview, data: preview.data ?? undefined }} />
    </FormBody>
  );
}

export function VoucherForm({ chain, close }: FormProps) {
  const { t } = useTranslation(['chain', 'common']);
  const send = api.useMutation('post', '/api/v1/vouchers/redeem', quiet);
  const form = useForm({
    initialValues: { code: '' },
    validate: { code: (value) => (value.trim() ? null : t('common:required')) },
  });
  return (
    <FormBody
      form={form}
      submit={t('do_voucher')}
      cancel={close}
      onSubmit={async ({ code }, key) => {
        await send.mutateAsync({
          body: { code: code.trim(), subscription_id: chain.subscription_id },
          ...keyed(key),
        });
        close();
      }}
    >
      <TextInput
        label={t('voucher_code')}
        autoComplete="off"
        required
        data-autofocus
        {...form.getInputProps('code')}
      />
    </FormBody>
  );
}

export function CancelForm({ chain, close }: FormProps) {
  const { t } = useTranslation('chain');
  const send = api.useMutation('post', '/api/v1/subscriptions/{id}/cancel', quiet);
  const form = useForm({ initialValues: {} });
  return (
    <FormBody
      form={form}
      submit={t('do_cancel')}
      cancel={close}
      onSubmit={async (_, key) => {
        await send.mutateAsync({ params: pathOf(chain), ...keyed(key) });
        close();
      }}
    >
      <Text size="sm">{t('cancel_text')}</Text>
    </FormBody>
  );
}
