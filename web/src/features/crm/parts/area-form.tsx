import { Select, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api } from '@/api/client';
import { useMe } from '@/api/session';
import type { Place } from '@/lib/geo';
import { FormBody } from '@/ui/form';
import type { MapArea } from '@/ui/map';

/** A closed ring of the corners, longitude first. */
export function ringOf(corners: Place[]) {
  const ring = corners.map((one) => [one.lon, one.lat]);
  const first = ring[0];
  if (first) ring.push(first);
  return { type: 'Polygon' as const, coordinates: [ring] };
}

type Props = {
  /** The area that is changed; none: a new one. */
  area?: MapArea;
  /** The new border; none: it stays as it is. */
  corners?: Place[];
  done: () => void;
};

/** The name of an area that was drawn, or of one that is changed. */
export function AreaForm({ area, corners, done }: Props) {
  const { t } = useTranslation(['crm', 'common']);
  const me = useMe();
  const [key] = useState(() => crypto.randomUUID());
  const add = api.useMutation('post', '/api/v1/areas', { meta: { quiet: true } });
  const change = api.useMutation('put', '/api/v1/areas/{id}', { meta: { quiet: true } });
  const form = useForm({
    initialValues: {
      name: area?.name ?? '',
      branch_id: me.branch_id ?? (me.branches.length === 1 ? (me.branches[0]?.id ?? '') : ''),
    },
    validate: {
      name: (value) => (value.trim() ? null : t('common:required')),
      branch_id: (value) => (area || value ? null : t('common:required')),
    },
  });
  const submit = async (values: typeof form.values) => {
    const polygon = (corners ? ringOf(corners) : area?.polygon) as never;
    const name = values.name.trim();
    if (area) {
      await change.mutateAsync({ params: { path: { id: area.id } }, body: { name, polygon } });
    } else {
      const params = { header: { 'Idempotency-Key': key } };
      await add.mutateAsync({ params, body: { name, polygon, branch_id: values.branch_id } });
    }
    done();
  };
  return (
    <FormBody form={form} onSubmit={submit} submit={t('common:save')}>
      <TextInput label={t('area_name')} required data-autofocus {...form.getInputProps('name')} />
      {!area && (
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
