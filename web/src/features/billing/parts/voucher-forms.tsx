import { NumberInput, Select, TextInput } from '@mantine/core';
import { DateInput } from '@/ui/day-input';
import { useForm } from '@mantine/form';
import { useTranslation } from 'react-i18next';
import { api, type Schemas } from '@/api/client';
import { useMe, useToday } from '@/api/session';
import { plusDays } from '@/lib/day';
import { groupDigits, parseMoney } from '@/lib/money';
import { keyed } from '@/lib/request-key';
import { FormBody, MoneyInput } from '@/ui/form';

const quiet = { meta: { quiet: true } };
const CHANNELS = ['cash', 'transfer'] as const;
/** How long codes can be used first, when nobody says. */
const USABLE_DAYS = 180;

export function VoucherForm({ close }: { close: () => void }) {
  const { t } = useTranslation(['billing', 'common', 'setup']);
  const me = useMe();
  const today = useToday();
  const plans = api.useQuery('get', '/api/v1/plans');
  const make = api.useMutation('post', '/api/v1/vouchers', quiet);
  const filled = (value: unknown) => (value ? null : t('common:required'));
  const form = useForm({
    initialValues: {
      plan_id: '',
      branch_id: me.branch_id ?? (me.branches.length === 1 ? (me.branches[0]?.id ?? '') : ''),
      days: 1 as number | string,
      count: 50 as number | string,
      price: '',
      expires_on: plusDays(today, USABLE_DAYS) as string | null,
    },
    validate: {
      plan_id: filled,
      branch_id: filled,
      days: filled,
      count: filled,
      expires_on: filled,
      price: (value) => (parseMoney(value) === null ? t('common:required') : null),
    },
  });
  return (
    <FormBody
      form={form}
      submit={t('voucher_make')}
      cancel={close}
      onSubmit={async (values, key) => {
        await make.mutateAsync({
          body: {
            plan_id: values.plan_id,
            branch_id: values.branch_id,
            days: Number(values.days),
            count: Number(values.count),
            price: parseMoney(values.price) ?? 0,
            expires_on: values.expires_on ?? today,
          },
          ...keyed(key),
        });
        close();
      }}
    >
      <Select
        label={t('setup:plan')}
        required
        data={(plans.data?.items ?? []).map((one) => ({ value: one.id, label: one.name }))}
        {...form.getInputProps('plan_id')}
      />
      {me.branches.length > 1 && (
        <Select
          label={t('common:branch')}
          required
          data={me.branches.map((one) => ({ value: one.id, label: one.name }))}
          {...form.getInputProps('branch_id')}
        />
      )}
      <NumberInput
        label={t('voucher_gives')}
        required
        min={1}
        max={366}
        description={t('voucher_days', { count: Number(form.getValues().days) })}
        {...form.getInputProps('days')}
      />
      <NumberInput
        label={t('voucher_count')}
        required
        min={1}
        max={10_000}
        {...form.getInputProps('count')}
      />
      <MoneyInput label={t('voucher_price')} required {...form.getInputProps('price')} />
      <DateInput
        label={t('voucher_expires')}
        required
        minDate={today}
        {...form.getInputProps('expires_on')}
      />
    </FormBody>
  );
}

type SellProps = { batch: Schemas['VoucherBatchDetail']; close: () => void };

export function SellForm({ batch, close }: SellProps) {
  const { t } = useTranslation(['billing', 'common', 'setup']);
  const sell = api.useMutation('post', '/api/v1/vouchers/{id}/sell', quiet);
  const filled = (value: string) => (value.trim() ? null : t('common:required'));
  const form = useForm({
    initialValues: {
      sold_to: '',
      channel: 'cash' as (typeof CHANNELS)[number],
      reference: '',
      amount: groupDigits(batch.price * batch.count),
    },
    validate: {
      sold_to: filled,
      reference: filled,
      amount: (value) => (parseMoney(value) ? null : t('common:required')),
    },
  });
  return (
    <FormBody
      form={form}
      submit={t('voucher_sell')}
      cancel={close}
      onSubmit={async ({ amount, ...values }, key) => {
        await sell.mutateAsync({
          params: { path: { id: batch.id } },
          body: { ...values, amount: parseMoney(amount) ?? 0 },
          ...keyed(key),
        });
        close();
      }}
    >
      <TextInput label={t('voucher_sold_to')} required {...form.getInputProps('sold_to')} />
      <Select
        label={t('channel')}
        required
        allowDeselect={false}
        data={CHANNELS.map((value) => ({ value, label: t(`channel_${value}`) }))}
        {...form.getInputProps('channel')}
      />
      <TextInput label={t('reference')} required {...form.getInputProps('reference')} />
      <MoneyInput label={t('amount_received')} required {...form.getInputProps('amount')} />
    </FormBody>
  );
}
