import { Checkbox, NumberInput, Select, Text, TextInput } from '@mantine/core';
import { DateInput } from '@/ui/day-input';
import { useForm } from '@mantine/form';
import { useTranslation } from 'react-i18next';
import { api, type Schemas } from '@/api/client';
import { useToday } from '@/api/session';
import { plusDays } from '@/lib/day';
import { groupDigits, parseMoney } from '@/lib/money';
import { keyed } from '@/lib/request-key';
import { FormBody, MoneyInput } from '@/ui/form';

const quiet = { meta: { quiet: true } };
const GB = 1_000_000_000;
const TAXES = ['exclusive', 'inclusive', 'none'] as const;
const KINDS = ['plan', 'isolation', 'fup'] as const;

type PlanProps = {
  plan?: Schemas['PlanView'];
  profiles: Schemas['ProfileView'][];
  close: () => void;
};

export function PlanForm({ plan, profiles, close }: PlanProps) {
  const { t } = useTranslation(['setup', 'common']);
  const add = api.useMutation('post', '/api/v1/plans', quiet);
  const change = api.useMutation('put', '/api/v1/plans/{id}', quiet);
  const required = (value: string) => (value.trim() ? null : t('common:required'));
  const form = useForm({
    initialValues: {
      code: plan?.code ?? '',
      name: plan?.name ?? '',
      price: plan ? groupDigits(plan.price) : '',
      tax: plan?.tax ?? 'exclusive',
      install_fee: groupDigits(plan?.install_fee ?? 0),
      profile_id: plan?.profile_id ?? '',
      fup_profile_id: plan?.fup_profile_id ?? '',
      quota_gb: (plan?.quota_bytes ? Math.round((100 * plan.quota_bytes) / GB) / 100 : '') as
        number | string,
      top_up_gb: (plan?.top_up ? plan.top_up.bytes / GB : '') as number | string,
      top_up_price: plan?.top_up ? groupDigits(plan.top_up.price) : '',
      prepaid_allowed: plan?.prepaid_allowed ?? true,
      postpaid_allowed: plan?.postpaid_allowed ?? true,
    },
    validate: {
      code: required,
      name: required,
      profile_id: required,
      price: (value) => (parseMoney(value) === null ? t('common:required') : null),
      top_up_price: (value, all) =>
        all.top_up_gb !== '' && parseMoney(value) === null ? t('common:required') : null,
    },
  });
  const topUp = api.useMutation('put', '/api/v1/plans/{id}/top-up', quiet);
  const speeds = (kind: string) =>
    profiles
      .filter((one) => one.kind === kind && !one.archived)
      .map((one) => ({ value: one.id, label: one.name }));
  return (
    <FormBody
      form={form}
      submit={t('common:save')}
      cancel={close}
      onSubmit={async ({ quota_gb, top_up_gb, top_up_price, ...values }, key) => {
        // an untouched quota stays to the byte
        const quota = form.isDirty('quota_gb')
          ? quota_gb === ''
            ? null
            : Math.round(Number(quota_gb) * GB)
          : (plan?.quota_bytes ?? null);
        const body = {
          ...values,
          code: values.code.trim(),
          price: parseMoney(values.price) ?? 0,
          install_fee: parseMoney(values.install_fee) ?? 0,
          fup_profile_id: values.fup_profile_id || null,
          quota_bytes: quota,
        };
        const saved = plan
          ? await change.mutateAsync({ params: { path: { id: plan.id } }, body })
          : await add.mutateAsync({ body, ...keyed(key) });
        if (form.isDirty('top_up_gb') || form.isDirty('top_up_price')) {
          const bytes = Math.round(Number(top_up_gb) * GB);
          const price = parseMoney(top_up_price) ?? 0;
          await topUp.mutateAsync({
            params: { path: { id: saved.id } },
            body: { top_up: top_up_gb === '' ? null : { bytes, price } },
          });
        }
        close();
      }}
    >
      <TextInput
        label={t('code')}
        required
        disabled={Boolean(plan)}
        {...form.getInputProps('code')}
      />
      <TextInput label={t('plan')} required {...form.getInputProps('name')} />
      <MoneyInput
        label={t('price')}
        required
        disabled={Boolean(plan)}
        {...form.getInputProps('price')}
      />
      <Select
        label={t('tax')}
        allowDeselect={false}
        data={TAXES.map((value) => ({ value, label: t(`tax_${value}`) }))}
        {...form.getInputProps('tax')}
      />
      <MoneyInput label={t('install_fee')} {...form.getInputProps('install_fee')} />
      <Select
        label={t('profile')}
        required
        data={speeds('plan')}
        {...form.getInputProps('profile_id')}
        onChange={(value) => form.setFieldValue('profile_id', value ?? '')}
      />
      <NumberInput
        label={t('quota')}
        description={t('quota_hint')}
        min={1}
        suffix=" GB"
        {...form.getInputProps('quota_gb')}
      />
      <NumberInput
        label={t('top_up')}
        description={t('top_up_hint')}
        min={1}
        suffix=" GB"
        {...form.getInputProps('top_up_gb')}
      />
      {form.values.top_up_gb !== '' && (
        <MoneyInput label={t('top_up_price')} {...form.getInputProps('top_up_price')} />
      )}
      <Select
        label={t('profile_fup')}
        description={t('profile_fup_hint')}
        clearable
        data={speeds('fup')}
        {...form.getInputProps('fup_profile_id')}
        onChange={(value) => form.setFieldValue('fup_profile_id', value ?? '')}
      />
      <Checkbox
        label={t('prepaid')}
        {...form.getInputProps('prepaid_allowed', { type: 'checkbox' })}
      />
      <Checkbox
        label={t('postpaid')}
        {...form.getInputProps('postpaid_allowed', { type: 'checkbox' })}
      />
    </FormBody>
  );
}

export function PriceForm({ plan, close }: { plan: Schemas['PlanView']; close: () => void }) {
  const { t } = useTranslation(['setup', 'common']);
  const today = useToday();
  const send = api.useMutation('put', '/api/v1/plans/{id}/price', quiet);
  const form = useForm({
    initialValues: { price: groupDigits(plan.price), from_on: plusDays(today, 1) },
    validate: {
      price: (value) => (parseMoney(value) === null ? t('common:required') : null),
    },
  });
  return (
    <FormBody
      form={form}
      submit={t('price_set')}
      cancel={close}
      onSubmit={async ({ price, from_on }) => {
        await send.mutateAsync({
          params: { path: { id: plan.id } },
          body: { price: parseMoney(price) ?? 0, from_on },
        });
        close();
      }}
    >
      <Text size="sm">{t('price_text')}</Text>
      <MoneyInput label={t('price')} {...form.getInputProps('price')} />
      <DateInput label={t('from')} {...form.getInputProps('from_on')} />
    </FormBody>
  );
}

export function ProfileForm({
  profile,
  close,
}: {
  profile?: Schemas['ProfileView'];
  close: () => void;
}) {
  const { t } = useTranslation(['setup', 'common']);
  const add = api.useMutation('post', '/api/v1/profiles', quiet);
  const change = api.useMutation('put', '/api/v1/profiles/{id}', quiet);
  const required = (value: string) => (value.trim() ? null : t('common:required'));
  const form = useForm({
    initialValues: {
      code: profile?.code ?? '',
      name: profile?.name ?? '',
      kind: profile?.kind ?? 'plan',
      down: ((profile?.rate_down_kbps ?? 20_000) / 1000) as number | string,
      up: ((profile?.rate_up_kbps ?? 10_000) / 1000) as number | string,
    },
    validate: { code: required, name: required },
  });
  return (
    <FormBody
      form={form}
      submit={t('common:save')}
      cancel={close}
      onSubmit={async ({ down, up, ...values }, key) => {
        const body = {
          ...values,
          code: values.code.trim(),
          rate_down_kbps: Math.round(Number(down) * 1000),
          rate_up_kbps: Math.round(Number(up) * 1000),
          // what a vendor needs besides stays as it is
          attributes: profile?.attributes ?? [],
        };
        if (profile) await change.mutateAsync({ params: { path: { id: profile.id } }, body });
        else await add.mutateAsync({ body, ...keyed(key) });
        close();
      }}
    >
      <TextInput
        label={t('code')}
        required
        disabled={Boolean(profile)}
        {...form.getInputProps('code')}
      />
      <TextInput label={t('profile')} required {...form.getInputProps('name')} />
      <Select
        label={t('kind')}
        allowDeselect={false}
        disabled={Boolean(profile)}
        data={KINDS.map((value) => ({ value, label: t(`profile_${value}`) }))}
        {...form.getInputProps('kind')}
      />
      <NumberInput label={t('down')} min={0} suffix=" Mbps" {...form.getInputProps('down')} />
      <NumberInput label={t('up')} min={0} suffix=" Mbps" {...form.getInputProps('up')} />
    </FormBody>
  );
}
