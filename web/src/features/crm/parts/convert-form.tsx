import { SegmentedControl, Select, Text } from '@mantine/core';
import { useForm } from '@mantine/form';
import { notifications } from '@mantine/notifications';
import { useNavigate } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { api, type Schemas } from '@/api/client';
import { formatMoney } from '@/lib/money';
import { path } from '@/lib/path';
import { FormBody } from '@/ui/form';
import { CoverageAnswer } from './coverage-answer';

/** A verified lead becomes customer, order, subscription and an install work order. */
export function ConvertForm({ lead, close }: { lead: Schemas['LeadDetail']; close: () => void }) {
  const { t } = useTranslation(['crm', 'common']);
  const navigate = useNavigate();
  const plans = api.useQuery('get', '/api/v1/plans');
  const convert = api.useMutation('post', '/api/v1/leads/{id}/convert', { meta: { quiet: true } });
  const form = useForm({
    initialValues: { plan_id: lead.plan_id ?? '', mode: lead.mode as string },
    validate: { plan_id: (value) => (value ? null : t('common:required')) },
  });
  const place = lead.lat != null && lead.lon != null ? { lat: lead.lat, lon: lead.lon } : null;
  const submit = async (values: typeof form.values) => {
    const made = await convert.mutateAsync({ params: { path: { id: lead.id } }, body: values });
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
      <SegmentedControl
        aria-label={t('mode')}
        data={[
          { value: 'prepaid', label: t('mode_prepaid') },
          { value: 'postpaid', label: t('mode_postpaid') },
        ]}
        {...form.getInputProps('mode')}
      />
    </FormBody>
  );
}
