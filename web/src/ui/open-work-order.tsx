// A visit that somebody asks for. Here, because both the list of work orders and the customer's page open one.
import { Select, SegmentedControl, Stack, Text, Textarea, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, type Schemas } from '@/api/client';
import { parsePlace } from '@/lib/geo';
import { FormBody, FormDrawer } from './form';

export const VISITS = ['repair', 'swap', 'move', 'dismantle'] as const;

type Chosen = { subscription_id: string; title: string };
type Props = {
  opened: boolean;
  close: () => void;
  /** The customer's subscriptions. */
  subscriptions: Chosen[];
  onOpened?: (order: Schemas['WorkOrder']) => void;
};

/** The drawer of a new work order for a subscription that is known. */
export function OpenWorkOrder({ opened, close, ...rest }: Props) {
  const { t } = useTranslation('fulfilment');
  return (
    <FormDrawer opened={opened} close={close} title={t('open_order')}>
      <OpenWorkOrderForm close={close} {...rest} />
    </FormDrawer>
  );
}

export function OpenWorkOrderForm({ close, subscriptions, onOpened }: Omit<Props, 'opened'>) {
  const { t } = useTranslation(['fulfilment', 'common']);
  const [key] = useState(() => crypto.randomUUID());
  const open = api.useMutation('post', '/api/v1/work-orders', { meta: { quiet: true } });
  const form = useForm({
    initialValues: {
      subscription_id: subscriptions[0]?.subscription_id ?? '',
      kind: 'repair' as (typeof VISITS)[number],
      address: '',
      place: '',
      note: '',
    },
    validate: {
      subscription_id: (value) => (value ? null : t('common:required')),
      address: (value, all) => (all.kind === 'move' && !value.trim() ? t('common:required') : null),
      place: (value) => (value && !parsePlace(value) ? t('place_unread') : null),
    },
  });
  const submit = async (values: typeof form.values) => {
    const isMove = values.kind === 'move';
    const place = isMove ? parsePlace(values.place) : null;
    const order = await open.mutateAsync({
      params: { header: { 'Idempotency-Key': key } },
      body: {
        subscription_id: values.subscription_id,
        kind: values.kind,
        note: values.note.trim(),
        address: isMove ? values.address.trim() : null,
        lat: place?.lat ?? null,
        lon: place?.lon ?? null,
      },
    });
    close();
    onOpened?.(order);
  };
  return (
    <FormBody form={form} onSubmit={submit} submit={t('open_order')} cancel={close}>
      <Select
        label={t('subscription')}
        required
        allowDeselect={false}
        data={subscriptions.map((one) => ({ value: one.subscription_id, label: one.title }))}
        {...form.getInputProps('subscription_id')}
      />
      <Stack gap={4}>
        <SegmentedControl
          aria-label={t('kind')}
          fullWidth
          size="xs"
          data={VISITS.map((value) => ({ value, label: t(`kind_${value}`) }))}
          {...form.getInputProps('kind')}
        />
        <Text size="xs" c="dimmed">
          {t(`open_${form.values.kind}_hint`)}
        </Text>
      </Stack>
      {form.values.kind === 'move' && (
        <>
          <Textarea label={t('move_to')} required autosize {...form.getInputProps('address')} />
          <TextInput
            label={t('move_place')}
            placeholder="-6.208800, 106.845600"
            {...form.getInputProps('place')}
          />
        </>
      )}
      <Textarea label={t('note')} autosize minRows={2} {...form.getInputProps('note')} />
    </FormBody>
  );
}
