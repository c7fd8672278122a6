import { Select, Stack, Text, Textarea } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, type Schemas } from '@/api/client';
import { FormBody } from '@/ui/form';

type Props = { serials: string[]; warehouses: Schemas['WarehouseView'][]; close: () => void };

/** Gives devices from the bag back to a warehouse. */
export function ReturnForm({ serials, warehouses, close }: Props) {
  const { t } = useTranslation(['inventory', 'common']);
  const [key] = useState(() => crypto.randomUUID());
  const [refused, setRefused] = useState<Schemas['LineVerdict'][]>([]);
  const give = api.useMutation('post', '/api/v1/bag/return', { meta: { quiet: true } });
  const form = useForm({
    initialValues: {
      to_location_id: warehouses.length === 1 ? (warehouses[0]?.id ?? '') : '',
      reason: '',
    },
    validate: { to_location_id: (value) => (value ? null : t('common:required')) },
  });
  const submit = async (values: typeof form.values) => {
    const { lines } = await give.mutateAsync({
      params: { header: { 'Idempotency-Key': `${key}-${serials.join()}`.slice(0, 100) } },
      body: {
        serials,
        to_location_id: values.to_location_id,
        reason: values.reason.trim() || null,
      },
    });
    const bad = lines.filter((line) => !line.ok);
    setRefused(bad);
    if (bad.length === 0) close();
  };
  return (
    <FormBody form={form} onSubmit={submit} submit={t('return_send')} cancel={close} full>
      <Text size="sm" className="serial">
        {serials.join(', ')}
      </Text>
      <Select
        label={t('warehouse')}
        required
        size="md"
        data={warehouses.map((one) => ({ value: one.id, label: one.name }))}
        {...form.getInputProps('to_location_id')}
      />
      <Textarea label={t('reason')} autosize minRows={2} {...form.getInputProps('reason')} />
      {refused.length > 0 && (
        <Stack gap={4}>
          {refused.map((line) => (
            <Text key={line.serial} size="sm" c="red" role="alert">
              {`${line.serial}: ${line.detail ?? ''}`}
            </Text>
          ))}
        </Stack>
      )}
    </FormBody>
  );
}
