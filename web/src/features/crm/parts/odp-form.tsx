import { Group, NumberInput, Select, Text, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api } from '@/api/client';
import { useMe } from '@/api/session';
import { formatPlace, type Place } from '@/lib/geo';
import { ConfirmAction } from '@/ui/action';
import { FormBody } from '@/ui/form';
import { Failed, Loading } from '@/ui/states';

const PORTS = 8;
const REACH_M = 300;

type Props = { place: Place; close: () => void };
type Values = { code: string; name: string; ports: number; reach_m: number; branch_id: string };

/** A new ODP at a place. */
export function NewOdp({ place, close }: Props) {
  const me = useMe();
  const [key] = useState(() => crypto.randomUUID());
  const add = api.useMutation('post', '/api/v1/odps', { meta: { quiet: true } });
  const branch = me.branch_id ?? (me.branches.length === 1 ? (me.branches[0]?.id ?? '') : '');
  return (
    <OdpFields
      values={{ code: '', name: '', ports: PORTS, reach_m: REACH_M, branch_id: branch }}
      place={place}
      asksBranch={me.branch_id == null && me.branches.length > 1}
      close={close}
      save={(values) =>
        add.mutateAsync({
          params: { header: { 'Idempotency-Key': key } },
          body: { ...values, ...place, branch_id: values.branch_id || null },
        })
      }
    />
  );
}

/** Changes an ODP, or takes it out of use. */
export function EditOdp({ id, close }: { id: string; close: () => void }) {
  const { t } = useTranslation('crm');
  const params = { params: { path: { id } } };
  const found = api.useQuery('get', '/api/v1/odps/{id}', params);
  const change = api.useMutation('put', '/api/v1/odps/{id}', { meta: { quiet: true } });
  const remove = api.useMutation('delete', '/api/v1/odps/{id}', { meta: { quiet: true } });
  if (found.error) return <Failed error={found.error} />;
  if (!found.data) return <Loading rows={4} />;
  const { code, name, ports, reach_m, branch_id, lat, lon } = found.data;
  return (
    <OdpFields
      values={{ code, name, ports, reach_m, branch_id }}
      place={{ lat, lon }}
      asksBranch={false}
      close={close}
      save={({ branch_id: _branch, ...values }) =>
        change.mutateAsync({ ...params, body: { ...values, lat, lon } })
      }
    >
      <Group>
        <ConfirmAction
          size="xs"
          variant="default"
          color="red"
          title={t('odp_remove_title')}
          text={t('odp_remove_text')}
          confirm={t('odp_remove')}
          onConfirm={() => remove.mutateAsync(params).then(close)}
        >
          {t('odp_remove')}
        </ConfirmAction>
      </Group>
    </OdpFields>
  );
}

function OdpFields(props: {
  values: Values;
  place: Place;
  asksBranch: boolean;
  close: () => void;
  save: (values: Values) => Promise<unknown>;
  children?: React.ReactNode;
}) {
  const { t } = useTranslation(['crm', 'common']);
  const me = useMe();
  const form = useForm<Values>({
    initialValues: props.values,
    validate: {
      code: (value) => (value.trim() ? null : t('common:required')),
      branch_id: (value) => (props.asksBranch && !value ? t('common:required') : null),
    },
  });
  const submit = async (values: Values) => {
    await props.save(values);
    props.close();
  };
  return (
    <FormBody form={form} onSubmit={submit} submit={t('common:save')} cancel={props.close}>
      <Text size="sm" c="dimmed">
        {formatPlace(props.place)}
      </Text>
      <TextInput label={t('odp_code')} required {...form.getInputProps('code')} />
      <TextInput label={t('odp_name')} {...form.getInputProps('name')} />
      <NumberInput
        label={t('odp_port_count')}
        required
        min={1}
        max={512}
        allowDecimal={false}
        {...form.getInputProps('ports')}
      />
      <NumberInput
        label={t('odp_reach')}
        required
        min={1}
        max={5000}
        allowDecimal={false}
        {...form.getInputProps('reach_m')}
      />
      {props.asksBranch && (
        <Select
          label={t('common:branch')}
          required
          data={me.branches.map((one) => ({ value: one.id, label: one.name }))}
          {...form.getInputProps('branch_id')}
        />
      )}
      {props.children}
    </FormBody>
  );
}
