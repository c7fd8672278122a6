import { Checkbox, Select, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api } from '@/api/client';
import { parseMoney } from '@/lib/money';
import { FormBody, MoneyInput } from '@/ui/form';

const KINDS = ['ont', 'router', 'olt', 'splitter', 'cable', 'connector', 'other'] as const;

/** A type of thing: each with a serial, or counted. */
export function TypeForm({ close }: { close: () => void }) {
  const { t } = useTranslation(['inventory', 'common']);
  const [key] = useState(() => crypto.randomUUID());
  const add = api.useMutation('post', '/api/v1/item-types', { meta: { quiet: true } });
  const form = useForm({
    initialValues: { code: '', name: '', kind: 'ont', serialized: true, unit: 'pcs', value: '' },
    validate: {
      code: (value) => (value.trim() ? null : t('common:required')),
      name: (value) => (value.trim() ? null : t('common:required')),
      unit: (value, all) => (all.serialized || value.trim() ? null : t('common:required')),
    },
  });
  const submit = async (values: typeof form.values) => {
    await add.mutateAsync({
      params: { header: { 'Idempotency-Key': key } },
      body: {
        code: values.code.trim(),
        name: values.name.trim(),
        kind: values.kind,
        serialized: values.serialized,
        unit: values.serialized ? 'pcs' : values.unit.trim(),
        value: parseMoney(values.value) ?? 0,
      },
    });
    close();
  };
  return (
    <FormBody form={form} onSubmit={submit} submit={t('common:save')} cancel={close}>
      <TextInput label={t('type_code')} required {...form.getInputProps('code')} />
      <TextInput label={t('type_name')} required {...form.getInputProps('name')} />
      <Select
        label={t('type_kind')}
        required
        allowDeselect={false}
        data={KINDS.map((value) => ({ value, label: t(`type_kind_${value}`) }))}
        {...form.getInputProps('kind')}
      />
      <Checkbox
        label={t('type_serialized')}
        {...form.getInputProps('serialized', { type: 'checkbox' })}
      />
      {!form.values.serialized && (
        <TextInput label={t('type_unit')} required {...form.getInputProps('unit')} />
      )}
      <MoneyInput label={t('type_value')} {...form.getInputProps('value')} />
    </FormBody>
  );
}
