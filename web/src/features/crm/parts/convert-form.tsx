import { Checkbox, Loader, Select, Text, Textarea } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useDebouncedValue } from '@mantine/hooks';
import { notifications } from '@mantine/notifications';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, type Schemas } from '@/api/client';
import { useCan } from '@/api/session';
import { formatDistance, metresBetween } from '@/lib/geo';
import { formatMoney } from '@/lib/money';
import { path } from '@/lib/path';
import { FormBody } from '@/ui/form';
import { useNetworkOnMap } from '../coverage';
import { CoverageAnswer } from './coverage-answer';
import { type LeadValues, ModeField } from './lead-fields';

/** ODPs to choose from: the nearest ones. */
const NEAR = 12;

/** A verified lead becomes customer, order, subscription and an install work order. */
export function ConvertForm({ lead, close }: { lead: Schemas['LeadDetail']; close: () => void }) {
  const { t } = useTranslation(['crm', 'common']);
  const navigate = useNavigate();
  const can = useCan();
  const [key] = useState(() => crypto.randomUUID());
  const plans = api.useQuery('get', '/api/v1/plans');
  const network = useNetworkOnMap();
  const convert = api.useMutation('post', '/api/v1/leads/{id}/convert', { meta: { quiet: true } });
  const place = lead.lat != null && lead.lon != null ? { lat: lead.lat, lon: lead.lon } : null;
  const form = useForm({
    initialValues: {
      plan_id: lead.plan_id ?? '',
      mode: (lead.mode ?? '') as LeadValues['mode'],
      odp_id: '',
      customer_id: '',
      anniversary: false,
      outside_coverage: false,
      note: lead.note ?? '',
    },
    validate: {
      plan_id: (value) => (value ? null : t('common:required')),
      mode: (value) => (value ? null : t('mode_needed')),
    },
  });
  const plan = plans.data?.items.find((one) => one.id === form.values.plan_id);
  const odps = network.odps
    .map((one) => ({ ...one, metres: place ? metresBetween(place, one) : 0 }))
    .sort((a, b) => a.metres - b.metres)
    .slice(0, place ? NEAR : undefined);
  const submit = async (values: typeof form.values) => {
    const made = await convert.mutateAsync({
      params: { path: { id: lead.id }, header: { 'Idempotency-Key': key } },
      body: {
        ...values,
        odp_id: values.odp_id || null,
        customer_id: values.customer_id || null,
      },
    });
    notifications.show({
      color: 'teal',
      message: t('converted', { customer: made.customer_number, order: made.work_order_number }),
    });
    close();
    await navigate({ to: path.customer(made.customer_id) });
  };
  return (
    <FormBody form={form} onSubmit={submit} submit={t('convert')} cancel={close}>
      <Text size="sm">{t('convert_text')}</Text>
      <CoverageAnswer place={place} />
      {lead.covered === false && (
        <Checkbox
          label={t('outside_coverage')}
          description={t('outside_coverage_hint')}
          {...form.getInputProps('outside_coverage', { type: 'checkbox' })}
        />
      )}
      <Select
        label={t('plan')}
        required
        searchable
        data={(plans.data?.items ?? [])
          .filter((one) => !one.archived)
          .map((one) => ({ value: one.id, label: `${one.name} · ${formatMoney(one.price)}` }))}
        {...form.getInputProps('plan_id')}
        onChange={(value) => form.setFieldValue('plan_id', value ?? '')}
      />
      <ModeField
        value={form.values.mode}
        onChange={(mode) => form.setFieldValue('mode', mode)}
        plan={plan}
        error={form.errors.mode}
      />
      {can('coverage_read').allowed && (
        <Select
          label={t('odp_choice')}
          placeholder={t('odp_nearest')}
          searchable
          clearable
          data={odps.map((one) => ({
            value: one.id,
            disabled: one.free < 1,
            label: [
              one.code,
              t('odp_ports', { free: one.free, ports: one.ports }),
              place && formatDistance(one.metres),
            ]
              .filter(Boolean)
              .join(' · '),
          }))}
          {...form.getInputProps('odp_id')}
          value={form.values.odp_id || null}
          onChange={(value) => form.setFieldValue('odp_id', value ?? '')}
        />
      )}
      <CustomerSelect
        phone={lead.phone}
        value={form.values.customer_id}
        onChange={(value) => form.setFieldValue('customer_id', value)}
        error={form.errors.customer_id}
      />
      <Checkbox
        label={t('anniversary')}
        description={t('anniversary_hint')}
        {...form.getInputProps('anniversary', { type: 'checkbox' })}
      />
      <Textarea label={t('note_technician')} autosize {...form.getInputProps('note')} />
    </FormBody>
  );
}

type CustomerProps = {
  phone: string;
  value: string;
  onChange: (value: string) => void;
  error?: React.ReactNode;
};

/** A further connection of somebody who is a customer already; else a new one is made. */
function CustomerSelect({ phone, value, onChange, error }: CustomerProps) {
  const { t } = useTranslation('crm');
  const [text, setText] = useState('');
  const [q] = useDebouncedValue(text.trim(), 200);
  const asked = q.length >= 2 ? q : phone;
  const found = api.useQuery(
    'get',
    '/api/v1/customers',
    { params: { query: { q: asked, limit: 10 } } },
    { placeholderData: (before) => before },
  );
  return (
    <Select
      label={t('existing_customer')}
      placeholder={t('existing_customer_none')}
      searchable
      clearable
      filter={({ options }) => options}
      onSearchChange={setText}
      rightSection={found.isFetching ? <Loader size="xs" /> : undefined}
      data={(found.data?.items ?? []).map((one) => ({
        value: one.id,
        label: `${one.name} · ${one.number}`,
      }))}
      value={value || null}
      error={error}
      onChange={(chosen) => onChange(chosen ?? '')}
    />
  );
}
