import { Alert, MultiSelect, Table, Text, TextInput } from '@mantine/core';
import { DateInput } from '@/ui/day-input';
import { useForm } from '@mantine/form';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api } from '@/api/client';
import { useMe, useToday, useZone } from '@/api/session';
import { plusDays, startOf } from '@/lib/day';
import { ConfirmAction } from '@/ui/action';
import { Instant } from '@/ui/day';
import { Panel } from '@/ui/facts';
import { FormAction, FormBody } from '@/ui/form';
import { Icon } from '@/ui/icon';
import { Failed, Loading } from '@/ui/states';

/** One's own API tokens: for programs that work in one's name. */
export function Tokens() {
  const { t } = useTranslation('setup');
  const found = api.useQuery('get', '/api/v1/tokens');
  const revoke = api.useMutation('delete', '/api/v1/tokens/{id}', { meta: { quiet: true } });
  return (
    <Panel
      title={t('tokens')}
      flush
      tools={
        <FormAction size="compact-sm" label={t('token_add')}>
          {(close) => <AddToken close={close} />}
        </FormAction>
      }
    >
      {found.isPending && <Loading rows={2} />}
      {found.error && <Failed error={found.error} />}
      {found.data?.items.length === 0 && (
        <Text size="sm" c="dimmed" p="md">
          {t('tokens_empty')}
        </Text>
      )}
      <Table>
        <Table.Tbody>
          {found.data?.items
            .filter((token) => !token.revoked_at)
            .map((token) => (
              <Table.Tr key={token.id}>
                <Table.Td>
                  <Text size="sm">{token.name}</Text>
                  <Text size="xs" c="dimmed" component="div">
                    {t('token_until')} <Instant at={token.expires_at} /> · {t('token_used')}{' '}
                    <Instant at={token.used_at} />
                  </Text>
                </Table.Td>
                <Table.Td ta="right">
                  <ConfirmAction
                    size="xs"
                    variant="default"
                    title={t('token_revoke_title')}
                    text={token.name}
                    confirm={t('token_revoke')}
                    onConfirm={() => revoke.mutateAsync({ params: { path: { id: token.id } } })}
                  >
                    {t('token_revoke')}
                  </ConfirmAction>
                </Table.Td>
              </Table.Tr>
            ))}
        </Table.Tbody>
      </Table>
    </Panel>
  );
}

function AddToken({ close }: { close: () => void }) {
  const { t } = useTranslation(['setup', 'common']);
  const me = useMe();
  const today = useToday();
  const zone = useZone();
  const [made, setMade] = useState('');
  const add = api.useMutation('post', '/api/v1/tokens', { meta: { quiet: true } });
  const form = useForm({
    initialValues: { name: '', permissions: [] as string[], until: plusDays(today, 90) },
    validate: {
      name: (value) => (value.trim() ? null : t('common:required')),
      permissions: (value) => (value.length > 0 ? null : t('common:required')),
    },
  });
  if (made) {
    return (
      <Alert color="amber" icon={<Icon name="lock" />} title={t('token_once')}>
        <Text className="serial" style={{ overflowWrap: 'anywhere' }}>
          {made}
        </Text>
      </Alert>
    );
  }
  return (
    <FormBody
      form={form}
      submit={t('token_add')}
      cancel={close}
      onSubmit={async ({ name, permissions, until }) => {
        const { token } = await add.mutateAsync({
          body: { name: name.trim(), permissions, expires_at: startOf(until, zone) },
        });
        setMade(token);
      }}
    >
      <TextInput label={t('token_name')} required {...form.getInputProps('name')} />
      <MultiSelect
        label={t('token_may')}
        required
        searchable
        data={me.permissions}
        {...form.getInputProps('permissions')}
      />
      <DateInput
        label={t('token_until')}
        minDate={plusDays(today, 1)}
        maxDate={plusDays(today, 365)}
        {...form.getInputProps('until')}
      />
    </FormBody>
  );
}
