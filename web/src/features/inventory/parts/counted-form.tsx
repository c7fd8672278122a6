import { NumberInput, Select, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, type Schemas } from '@/api/client';
import { FormBody } from '@/ui/form';

const OUTSIDE = 'outside';

/** Counted stock: a delivery in, from place to place, or used up. */
export function CountedForm(props: { places: Schemas['LocationView'][]; close: () => void }) {
  const { t } = useTranslation(['inventory', 'common']);
  const [key] = useState(() => crypto.randomUUID());
  const types = api.useQuery('get', '/api/v1/item-types');
  const move = api.useMutation('post', '/api/v1/moves/counted', { meta: { quiet: true } });
  const form = useForm({
    initialValues: {
      type_id: '',
      from_location_id: OUTSIDE,
      to_location_id: '',
      quantity: '' as number | '',
      document: '',
    },
    validate: {
      type_id: (value) => (value ? null : t('common:required')),
      to_location_id: (value, all) =>
        !value || value === all.from_location_id ? t('counted_where') : null,
      quantity: (value) => (value !== '' && value > 0 ? null : t('common:required')),
    },
  });
  const counted = (types.data?.items ?? []).filter((one) => !one.serialized);
  const unit = counted.find((one) => one.id === form.values.type_id)?.unit;
  const places = props.places
    .filter((one) => one.kind === 'warehouse' || one.kind === 'bag')
    .map((one) => ({ value: one.id, label: one.name }));
  const place = (value: string) => (value === OUTSIDE ? null : value);
  const submit = async (values: typeof form.values) => {
    await move.mutateAsync({
      params: { header: { 'Idempotency-Key': key } },
      body: {
        type_id: values.type_id,
        quantity: Number(values.quantity),
        from_location_id: place(values.from_location_id),
        to_location_id: place(values.to_location_id),
        document: values.document.trim() || null,
      },
    });
    props.close();
  };
  return (
    <FormBody form={form} onSubmit={submit} submit={t('common:save')} cancel={props.close}>
      <Select
        label={t('type')}
        required
        searchable
        data={counted.map((one) => ({ value: one.id, label: `${one.name} (${one.unit})` }))}
        {...form.getInputProps('type_id')}
      />
      <Select
        label={t('counted_from')}
        required
        allowDeselect={false}
        data={[{ value: OUTSIDE, label: t('counted_delivery') }, ...places]}
        {...form.getInputProps('from_location_id')}
      />
      <Select
        label={t('counted_to')}
        required
        allowDeselect={false}
        data={[...places, { value: OUTSIDE, label: t('counted_used') }]}
        {...form.getInputProps('to_location_id')}
      />
      <NumberInput
        label={t('quantity')}
        required
        min={1}
        allowDecimal={false}
        suffix={unit ? ` ${unit}` : undefined}
        {...form.getInputProps('quantity')}
      />
      <TextInput
        label={t('document')}
        placeholder={t('document_hint')}
        {...form.getInputProps('document')}
      />
    </FormBody>
  );
}
