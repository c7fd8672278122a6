import { Alert, MultiSelect, Text } from '@mantine/core';
import { DateInput } from '@/ui/day-input';
import { useForm } from '@mantine/form';
import { useTranslation } from 'react-i18next';
import { api, type Schemas } from '@/api/client';
import { useToday } from '@/api/session';
import { FormBody } from '@/ui/form';
import { Icon } from '@/ui/icon';

type Props = { order: Schemas['WorkOrderRow']; close: () => void };

/** Who goes, and when. The account's user name and password are reserved here. */
export function DispatchForm({ order, close }: Props) {
  const { t } = useTranslation(['fulfilment', 'common']);
  const today = useToday();
  const technicians = api.useQuery('get', '/api/v1/technicians');
  const assign = api.useMutation('post', '/api/v1/work-orders/{id}/assign', {
    meta: { quiet: true },
  });
  const form = useForm({
    initialValues: {
      technicians: order.technicians.map((one) => one.id),
      scheduled_on: order.scheduled_on && order.scheduled_on >= today ? order.scheduled_on : today,
    },
    validate: {
      technicians: (value) => (value.length > 0 ? null : t('technician_needed')),
      scheduled_on: (value) => (value ? null : t('common:required')),
    },
  });
  const submit = async (values: typeof form.values) => {
    await assign.mutateAsync({ params: { path: { id: order.id } }, body: values });
    close();
  };
  return (
    <FormBody form={form} onSubmit={submit} submit={t('dispatch')} cancel={close}>
      <Text size="sm">
        {order.customer_name}
        <br />
        <span className="quiet">{order.address}</span>
      </Text>
      {technicians.data?.items.length === 0 && (
        <Alert color="amber" icon={<Icon name="warning" />}>
          {t('technicians_none')}
        </Alert>
      )}
      <MultiSelect
        label={t('technicians')}
        required
        searchable
        data-autofocus
        data={(technicians.data?.items ?? []).map((one) => ({ value: one.id, label: one.name }))}
        {...form.getInputProps('technicians')}
      />
      <DateInput
        label={t('scheduled')}
        required
        minDate={today}
        {...form.getInputProps('scheduled_on')}
      />
    </FormBody>
  );
}
