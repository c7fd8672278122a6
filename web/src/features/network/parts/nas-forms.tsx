// Adding a router, changing it, and giving it another secret; the secret is shown once, in its script.
import {
  Alert,
  Button,
  Checkbox,
  Code,
  CopyButton,
  Group,
  NumberInput,
  Select,
  Stack,
  Text,
  TextInput,
} from '@mantine/core';
import { useForm } from '@mantine/form';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, type Schemas } from '@/api/client';
import { useMe } from '@/api/session';
import { FormBody } from '@/ui/form';
import { Icon } from '@/ui/icon';
import { Failed, Loading } from '@/ui/states';

type Nas = Schemas['NasView'];

const VENDORS = ['mikrotik', 'cisco', 'juniper', 'huawei'];

type Fields = {
  name: string;
  address: string;
  vendor: string;
  branch_id: string;
  coa_port: number | string;
  legacy: boolean;
  counters_swapped: boolean;
};

function useNasForm(nas?: Nas, address = '') {
  const { t } = useTranslation('common');
  const me = useMe();
  return useForm<Fields>({
    initialValues: {
      name: nas?.name ?? '',
      address: nas?.address ?? address,
      vendor: nas?.vendor ?? 'mikrotik',
      branch_id: nas?.branch_id ?? me.branch_id ?? me.branches[0]?.id ?? '',
      coa_port: nas ? (nas.coa_port ?? '') : 3799,
      legacy: nas?.message_authenticator === 'legacy',
      counters_swapped: nas?.counters_swapped ?? false,
    },
    validate: {
      name: (value) => (value.trim() ? null : t('required')),
      address: (value) => (value.trim() ? null : t('required')),
    },
  });
}

const body = (values: Fields) => ({
  name: values.name.trim(),
  address: values.address.trim(),
  vendor: values.vendor,
  branch_id: values.branch_id || null,
  coa_port: values.coa_port === '' ? null : Number(values.coa_port),
  message_authenticator: values.legacy ? 'legacy' : 'required',
  counters_swapped: values.counters_swapped,
});

function NasFields({ form }: { form: ReturnType<typeof useNasForm> }) {
  const { t } = useTranslation(['network', 'common']);
  const me = useMe();
  return (
    <>
      <TextInput label={t('nas_name')} required {...form.getInputProps('name')} />
      <TextInput
        label={t('address')}
        description={t('address_hint')}
        required
        {...form.getInputProps('address')}
      />
      <Select
        label={t('vendor')}
        allowDeselect={false}
        data={VENDORS}
        {...form.getInputProps('vendor')}
      />
      {me.branches.length > 1 && (
        <Select
          label={t('common:branch')}
          allowDeselect={false}
          data={me.branches.map((one) => ({ value: one.id, label: one.name }))}
          {...form.getInputProps('branch_id')}
        />
      )}
      <NumberInput
        label={t('coa_port')}
        description={t('coa_port_hint')}
        min={1}
        max={65535}
        hideControls
        {...form.getInputProps('coa_port')}
      />
      <Checkbox
        label={t('ma_legacy_box')}
        {...form.getInputProps('legacy', { type: 'checkbox' })}
      />
      <Checkbox
        label={t('counters_swapped')}
        {...form.getInputProps('counters_swapped', { type: 'checkbox' })}
      />
    </>
  );
}

export function AddNas({ close, address }: { close: () => void; address?: string }) {
  const { t } = useTranslation('network');
  const add = api.useMutation('post', '/api/v1/nas', { meta: { quiet: true } });
  const [made, setMade] = useState<Schemas['NasWithSecret'] | null>(null);
  const form = useNasForm(undefined, address);
  if (made) return <Secret made={made} close={close} />;
  return (
    <FormBody
      form={form}
      submit={t('nas_add')}
      cancel={close}
      onSubmit={async (values) => setMade(await add.mutateAsync({ body: body(values) }))}
    >
      <NasFields form={form} />
    </FormBody>
  );
}

export function ChangeNas({ nas, close }: { nas: Nas; close: () => void }) {
  const { t } = useTranslation('common');
  const change = api.useMutation('put', '/api/v1/nas/{id}', { meta: { quiet: true } });
  const form = useNasForm(nas);
  return (
    <FormBody
      form={form}
      submit={t('save')}
      cancel={close}
      onSubmit={async (values) => {
        await change.mutateAsync({ params: { path: { id: nas.id } }, body: body(values) });
        close();
      }}
    >
      <NasFields form={form} />
    </FormBody>
  );
}

export function NewSecret({ nas, close }: { nas: Nas; close: () => void }) {
  const { t } = useTranslation('network');
  const send = api.useMutation('post', '/api/v1/nas/{id}/secret', { meta: { quiet: true } });
  const [made, setMade] = useState<Schemas['NasWithSecret'] | null>(null);
  const form = useForm({ initialValues: {} });
  if (made) return <Secret made={made} close={close} />;
  return (
    <FormBody
      form={form}
      submit={t('nas_secret')}
      cancel={close}
      onSubmit={async () =>
        setMade(await send.mutateAsync({ params: { path: { id: nas.id } }, body: {} }))
      }
    >
      <Text size="sm">{t('nas_secret_text')}</Text>
    </FormBody>
  );
}

/** The only time that the secret is shown. */
function Secret({ made, close }: { made: Schemas['NasWithSecret']; close: () => void }) {
  const { t } = useTranslation(['network', 'common']);
  return (
    <Stack>
      <Alert color="amber" icon={<Icon name="lock" />} title={t('secret_once')}>
        <Text className="serial" style={{ overflowWrap: 'anywhere' }}>
          {made.secret}
        </Text>
        <Copy text={made.secret} />
      </Alert>
      {made.script && <Script script={made.script} />}
      <Group justify="flex-end">
        <Button onClick={close}>{t('common:close')}</Button>
      </Group>
    </Stack>
  );
}

/** The script of a router that is known already, without its secret. */
export function NasScript({ nas }: { nas: Nas }) {
  const { t } = useTranslation('network');
  const found = api.useQuery('get', '/api/v1/nas/{id}/script', {
    params: { path: { id: nas.id } },
  });
  if (found.error) return <Failed error={found.error} again={() => void found.refetch()} />;
  if (!found.data) return <Loading rows={6} />;
  return (
    <Stack>
      <Text size="sm">{t('script_text')}</Text>
      {found.data.script ? (
        <Script script={found.data.script} />
      ) : (
        <Text size="sm">{t('script_none')}</Text>
      )}
    </Stack>
  );
}

function Script({ script }: { script: string }) {
  const { t } = useTranslation('network');
  return (
    <Stack gap={8}>
      <Group justify="space-between">
        <Text fw={600} size="sm">
          {t('script')}
        </Text>
        <Copy text={script} />
      </Group>
      <Code block style={{ maxHeight: 360, overflow: 'auto' }}>
        {script}
      </Code>
    </Stack>
  );
}

function Copy({ text }: { text: string }) {
  const { t } = useTranslation('chain');
  return (
    <CopyButton value={text}>
      {({ copied, copy }) => (
        <Button size="compact-sm" variant="default" onClick={copy}>
          {copied ? t('copied') : t('copy')}
        </Button>
      )}
    </CopyButton>
  );
}
