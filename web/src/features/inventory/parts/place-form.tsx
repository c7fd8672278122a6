import { Select, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api } from '@/api/client';
import { useMe } from '@/api/session';
import { FormBody } from '@/ui/form';

const KINDS = ['warehouse', 'supplier', 'scrap', 'lost'] as const;

/** A place of the branch. A technician's bag comes with the first hand-over. */
export function PlaceForm({ close }: { close: () => void }) {
  const { t } = useTranslation(['inventory', 'common']);
  const me = useMe();
  const [key] = useState(() => crypto.randomUUID());
  const add = api.useMutation('post', '/api/v1/locations', { meta: { quiet: true } });
  const form = useForm({
    initialValues: {
      kind: 'warehouse',
      name: '',
      branch_id: me.branch_id ?? (me.branches.length === 1 ? (me.branches[0]?.id ?? '') : ''),
    },
    validate: {
      name: (value) => (value.trim() ? null : t('common:required')),
      branch_id: (value) => (value ? null : t('common:required')),
    },
  });
  const submit = async (values: typeof form.values) => {
    await add.mutateAsync({
      params: { header: { 'Idempotency-Key': key } },
      body: { ...values, name: values.name.trim() },
    });
    close();
  };
  return (
    <FormBody form={form} onSubmit={submit} submit={t('common:save')} cancel={close}>
      <Select
        label={t('kind')}
        required
        allowDeselect={false}
        data={KINDS.map((value) => ({ value, label: t(`location_${value}`) }))}
        {...form.getInputProps('kind')}
      />
      <TextInput label={t('place_name')} required {...form.getInputProps('name')} />
      {me.branches.length > 1 && (
        <Select
          label={t('common:branch')}
          required
          data={me.branches.map((one) => ({ value: one.id, label: one.name }))}
          {...form.getInputProps('branch_id')}
        />
      )}
    </FormBody>
  );
}
