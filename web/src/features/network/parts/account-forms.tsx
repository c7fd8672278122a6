import { NumberInput, Select, Stack, Text, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import { api, type Schemas } from '@/api/client';
import { readScan } from '@/lib/scan';
import { Facts } from '@/ui/facts';
import { FormBody } from '@/ui/form';
import { Failed, Loading } from '@/ui/states';

type Account = Schemas['AccountView'];
type Props = { account: Account; close: () => void };

const quiet = { meta: { quiet: true } };

/** User name and password; showing them is journaled. */
export function Credentials({ id }: { id: string }) {
  const { t } = useTranslation('network');
  const { mutate, data, error } = api.useMutation('post', '/api/v1/accounts/{id}/reveal', quiet);
  useEffect(() => mutate({ params: { path: { id } } }), [mutate, id]);
  if (error) return <Failed error={error} />;
  if (!data) return <Loading rows={2} />;
  return (
    <Stack>
      <Text size="sm">{t('reveal_text')}</Text>
      <Login found={data} />
    </Stack>
  );
}

function Login({ found }: { found: Schemas['AccountCredentials'] }) {
  const { t } = useTranslation('network');
  return (
    <Facts
      items={[
        [
          t('username'),
          <span key="u" className="serial">
            {found.username}
          </span>,
        ],
        [
          t('password'),
          <span key="p" className="serial">
            {found.password}
          </span>,
        ],
      ]}
    />
  );
}

export function PasswordForm({ account, close }: Props) {
  const { t } = useTranslation('network');
  const send = api.useMutation('post', '/api/v1/accounts/{id}/password', quiet);
  const form = useForm({ initialValues: { password: '' } });
  if (send.data) return <Login found={send.data} />;
  return (
    <FormBody
      form={form}
      submit={t('password_set')}
      cancel={close}
      onSubmit={({ password }) =>
        send.mutateAsync({
          params: { path: { id: account.id } },
          body: { password: password || null },
        })
      }
    >
      <Text size="sm">{t('password_text')}</Text>
      <TextInput
        label={t('password')}
        description={t('password_hint')}
        autoComplete="off"
        {...form.getInputProps('password')}
      />
    </FormBody>
  );
}

export function RenameForm({ account, close }: Props) {
  const { t } = useTranslation(['network', 'common']);
  const send = api.useMutation('put', '/api/v1/accounts/{id}/username', quiet);
  const form = useForm({
    initialValues: { username: account.username },
    validate: { username: (value) => (value.trim() ? null : t('common:required')) },
  });
  return (
    <FormBody
      form={form}
      submit={t('rename')}
      cancel={close}
      onSubmit={async ({ username }) => {
        await send.mutateAsync({
          params: { path: { id: account.id } },
          body: { username: username.trim() },
        });
        close();
      }}
    >
      <Text size="sm">{t('rename_text')}</Text>
      <TextInput label={t('username')} autoComplete="off" {...form.getInputProps('username')} />
    </FormBody>
  );
}

export function MacForm({ account, close }: Props) {
  const { t } = useTranslation('network');
  const send = api.useMutation('put', '/api/v1/accounts/{id}/mac', quiet);
  const form = useForm({
    initialValues: { mac: account.mac ?? '' },
    validate: { mac: (value) => (readScan(value)?.kind === 'mac' ? null : t('mac_unread')) },
  });
  return (
    <FormBody
      form={form}
      submit={t('mac_set')}
      cancel={close}
      onSubmit={async ({ mac }) => {
        await send.mutateAsync({
          params: { path: { id: account.id } },
          body: { mac: readScan(mac)?.value ?? mac },
        });
        close();
      }}
    >
      <TextInput label={t('mac')} autoComplete="off" {...form.getInputProps('mac')} />
    </FormBody>
  );
}

export function LimitsForm({ account, close }: Props) {
  const { t } = useTranslation(['network', 'common']);
  const send = api.useMutation('put', '/api/v1/accounts/{id}/limits', quiet);
  const form = useForm({
    initialValues: {
      mac_policy: account.mac_policy,
      fixed_ip: account.fixed_ip ?? '',
      sessions_max: account.sessions_max as number | string,
    },
  });
  return (
    <FormBody
      form={form}
      submit={t('common:save')}
      cancel={close}
      onSubmit={async (values) => {
        await send.mutateAsync({
          params: { path: { id: account.id } },
          body: {
            mac_policy: values.mac_policy,
            fixed_ip: values.fixed_ip.trim() || null,
            sessions_max: Number(values.sessions_max),
          },
        });
        close();
      }}
    >
      <Select
        label={t('mac_policy')}
        allowDeselect={false}
        data={(['scan', 'scan_confirm', 'off'] as const).map((value) => ({
          value,
          label: t(`mac_policy_${value}`),
        }))}
        {...form.getInputProps('mac_policy')}
      />
      <TextInput
        label={t('fixed_ip')}
        description={t('fixed_ip_hint')}
        {...form.getInputProps('fixed_ip')}
      />
      <NumberInput
        label={t('sessions_max')}
        min={1}
        max={10}
        {...form.getInputProps('sessions_max')}
      />
    </FormBody>
  );
}
