// One's own account: password, one-time code, open sessions.
import { Alert, Button, Group, PasswordInput, Stack, Table, Text, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { notifications } from '@mantine/notifications';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, type Schemas } from '@/api/client';
import { useMe } from '@/api/session';
import { agentName } from '@/lib/agent';
import { Instant } from '@/ui/day';
import { Panel } from '@/ui/facts';
import { FormBody } from '@/ui/form';
import { Icon } from '@/ui/icon';
import { Qr } from '@/ui/qr';
import { Failed, Loading, PageHead } from '@/ui/states';
import { Tokens } from '../parts/tokens';

export function AccountPage() {
  const { t } = useTranslation('identity');
  const me = useMe();
  return (
    <Stack maw={640}>
      <PageHead title={t('account')} note={`${me.name} · ${me.username}`} />
      {me.duty != null && (
        <Alert color="amber" icon={<Icon name="lock" />}>
          {t(me.duty === 'set_up_totp' ? 'duty_set_up_totp' : 'duty_change_password')}
        </Alert>
      )}
      <Panel title={t('password_change')}>
        <PasswordForm />
      </Panel>
      <Panel title={t('totp')}>
        <OneTimeCode />
      </Panel>
      {me.duty == null && <Sessions />}
      {me.duty == null && <Tokens />}
    </Stack>
  );
}

function PasswordForm() {
  const { t } = useTranslation(['identity', 'common']);
  const change = api.useMutation('put', '/api/v1/me/password', { meta: { quiet: true } });
  const form = useForm({
    mode: 'uncontrolled',
    initialValues: { current: '', new: '', again: '' },
    validate: {
      current: (value) => (value ? null : t('common:required')),
      new: (value) => (value.length >= 10 ? null : t('password_new_hint')),
      again: (value, values) => (value === values.new ? null : t('password_differs')),
    },
  });
  return (
    <FormBody
      form={form}
      submit={t('password_change')}
      wide
      onSubmit={async (values) => {
        await change.mutateAsync({ body: { current: values.current, new: values.new } });
        form.reset();
        notifications.show({ color: 'teal', message: t('password_changed') });
      }}
    >
      <PasswordInput
        label={t('password_current')}
        autoComplete="current-password"
        key={form.key('current')}
        {...form.getInputProps('current')}
      />
      <PasswordInput
        label={t('password_new')}
        description={t('password_new_hint')}
        autoComplete="new-password"
        key={form.key('new')}
        {...form.getInputProps('new')}
      />
      <PasswordInput
        label={t('password_again')}
        autoComplete="new-password"
        key={form.key('again')}
        {...form.getInputProps('again')}
      />
    </FormBody>
  );
}

function OneTimeCode() {
  const { t } = useTranslation('identity');
  const me = useMe();
  const [enrolment, enrol] = useState<Schemas['Enrolment'] | null>(null);
  if (enrolment && !me.has_totp) return <ConfirmCode enrolment={enrolment} />;
  return (
    <Stack>
      <Text size="sm">{me.has_totp ? t('totp_on') : t('totp_off')}</Text>
      <ProofForm isOn={me.has_totp} onEnrolled={enrol} />
    </Stack>
  );
}

function ProofForm({
  isOn,
  onEnrolled,
}: {
  isOn: boolean;
  onEnrolled: (enrolment: Schemas['Enrolment'] | null) => void;
}) {
  const { t } = useTranslation(['identity', 'common']);
  const begin = api.useMutation('post', '/api/v1/me/totp', { meta: { quiet: true } });
  const end = api.useMutation('post', '/api/v1/me/totp/end', { meta: { quiet: true } });
  const form = useForm({
    mode: 'uncontrolled',
    initialValues: { password: '' },
    validate: { password: (value) => (value ? null : t('common:required')) },
  });
  return (
    <FormBody
      form={form}
      submit={isOn ? t('totp_end') : t('totp_begin')}
      wide
      onSubmit={async (body) => {
        if (isOn) await end.mutateAsync({ body });
        onEnrolled(isOn ? null : await begin.mutateAsync({ body }));
        form.reset();
      }}
    >
      <PasswordInput
        label={t('password_current')}
        autoComplete="current-password"
        key={form.key('password')}
        {...form.getInputProps('password')}
      />
    </FormBody>
  );
}

function ConfirmCode({ enrolment }: { enrolment: Schemas['Enrolment'] }) {
  const { t } = useTranslation('identity');
  const confirm = api.useMutation('post', '/api/v1/me/totp/confirm', { meta: { quiet: true } });
  const form = useForm({
    initialValues: { code: '' },
    validate: { code: (value) => (/^\d{6}$/.test(value.trim()) ? null : t('totp_hint')) },
  });
  return (
    <Stack>
      <Text size="sm">{t('totp_scan')}</Text>
      <Group align="flex-start">
        <Qr text={enrolment.url} size={176} />
        <div>
          <Text size="xs" c="dimmed">
            {t('totp_secret')}
          </Text>
          <Text className="serial" style={{ overflowWrap: 'anywhere' }}>
            {enrolment.secret}
          </Text>
        </div>
      </Group>
      <FormBody
        form={form}
        submit={t('totp_confirm')}
        wide
        onSubmit={({ code }) => confirm.mutateAsync({ body: { code: code.trim() } })}
      >
        <TextInput
          label={t('totp')}
          inputMode="numeric"
          autoComplete="one-time-code"
          {...form.getInputProps('code')}
        />
      </FormBody>
    </Stack>
  );
}

function Sessions() {
  const { t } = useTranslation('identity');
  const found = api.useQuery('get', '/api/v1/me/sessions');
  const end = api.useMutation('delete', '/api/v1/me/sessions/{id}');
  return (
    <Panel title={t('sessions')} flush>
      {found.isPending && <Loading rows={2} />}
      {found.error && <Failed error={found.error} />}
      <Table>
        <Table.Tbody>
          {found.data?.items.map((session) => (
            <Table.Tr key={session.id}>
              <Table.Td>
                <Text size="sm" lineClamp={1}>
                  {session.agent ? agentName(session.agent) : t('session_unknown')}
                </Text>
                <Text size="xs" c="dimmed" component="div">
                  {session.address} · <Instant at={session.seen_at} />
                </Text>
              </Table.Td>
              <Table.Td ta="right">
                {session.is_this ? (
                  <Text size="sm" c="dimmed">
                    {t('session_this')}
                  </Text>
                ) : (
                  <Button
                    size="xs"
                    variant="default"
                    onClick={() => end.mutate({ params: { path: { id: session.id } } })}
                  >
                    {t('session_end')}
                  </Button>
                )}
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Panel>
  );
}
