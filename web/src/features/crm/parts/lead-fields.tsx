import { SegmentedControl, Select, Stack, Text, Textarea, TextInput } from '@mantine/core';
import type { UseFormReturnType } from '@mantine/form';
import { useTranslation } from 'react-i18next';
import { api } from '@/api/client';
import { formatMoney } from '@/lib/money';
import { looksLikePhone } from '@/lib/phone';

export const BLANK = {
  name: '',
  phone: '',
  address: '',
  email: '',
  nik: '',
  plan_id: '',
  mode: '' as '' | 'prepaid' | 'postpaid',
  note: '',
  branch_id: '',
};

export type LeadValues = typeof BLANK;

/** What must be there, and readable. */
export function useLeadRules() {
  const { t } = useTranslation(['crm', 'common']);
  return {
    name: (value: string) => (value.trim() ? null : t('common:required')),
    phone: (value: string) => (looksLikePhone(value) ? null : t('phone_unread')),
    address: (value: string) => (value.trim() ? null : t('common:required')),
  };
}

/** The values as the server takes them. */
export function entered(values: LeadValues) {
  return {
    name: values.name.trim(),
    phone: values.phone,
    address: values.address.trim(),
    email: values.email.trim() || null,
    mode: values.mode || null,
    plan_id: values.plan_id || null,
    nik: values.nik.trim() || null,
    note: values.note.trim() || null,
  };
}

type Props = { form: UseFormReturnType<LeadValues>; hasNik?: boolean };

/** The fields of a lead, new or corrected. */
export function LeadFields({ form, hasNik = false }: Props) {
  const { t } = useTranslation('crm');
  const plans = api.useQuery('get', '/api/v1/plans');
  const plan = plans.data?.items.find((one) => one.id === form.values.plan_id);
  return (
    <>
      <TextInput label={t('name')} required autoFocus {...form.getInputProps('name')} />
      <TextInput
        label={t('phone')}
        required
        inputMode="tel"
        placeholder="0812…"
        {...form.getInputProps('phone')}
      />
      <Textarea
        label={t('address')}
        required
        autosize
        minRows={2}
        {...form.getInputProps('address')}
      />
      <Select
        label={t('plan')}
        searchable
        clearable
        data={(plans.data?.items ?? [])
          .filter((one) => !one.archived)
          .map((one) => ({ value: one.id, label: `${one.name} · ${formatMoney(one.price)}` }))}
        {...form.getInputProps('plan_id')}
        value={form.values.plan_id || null}
        onChange={(value) => form.setFieldValue('plan_id', value ?? '')}
      />
      <ModeField
        value={form.values.mode}
        onChange={(mode) => form.setFieldValue('mode', mode)}
        plan={plan}
        error={form.errors.mode}
      />
      <TextInput
        label={t('nik')}
        description={hasNik ? t('nik_kept') : t('nik_hint')}
        inputMode="numeric"
        {...form.getInputProps('nik')}
      />
      <TextInput label={t('email')} type="email" {...form.getInputProps('email')} />
      <Textarea label={t('note')} autosize {...form.getInputProps('note')} />
    </>
  );
}

type ModeProps = {
  value: LeadValues['mode'];
  onChange: (mode: 'prepaid' | 'postpaid') => void;
  plan?: { prepaid_allowed: boolean; postpaid_allowed: boolean };
  error?: React.ReactNode;
};

/** Prepaid or postpaid, as far as the plan allows; nothing until somebody chooses. */
export function ModeField({ value, onChange, plan, error }: ModeProps) {
  const { t } = useTranslation('crm');
  return (
    <Stack gap={4}>
      <Text size="sm" fw={500}>
        {t('mode')}
      </Text>
      <SegmentedControl
        aria-label={t('mode')}
        value={value}
        onChange={(mode) => onChange(mode as 'prepaid' | 'postpaid')}
        data={[
          {
            value: 'prepaid',
            label: t('mode_prepaid'),
            disabled: plan ? !plan.prepaid_allowed : false,
          },
          {
            value: 'postpaid',
            label: t('mode_postpaid'),
            disabled: plan ? !plan.postpaid_allowed : false,
          },
        ]}
      />
      {error && (
        <Text size="xs" c="red" role="alert">
          {error}
        </Text>
      )}
    </Stack>
  );
}
