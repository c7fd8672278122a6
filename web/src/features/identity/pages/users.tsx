// Who may log in, as what, and what each role may do.
import { Badge, Button, Group, Stack, Text } from '@mantine/core';
import { keepPreviousData } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, type Schemas } from '@/api/client';
import { useCan, useMe } from '@/api/session';
import { listQuery, useListState } from '@/lib/list-state';
import { ConfirmAction } from '@/ui/action';
import { type Column, DataTable } from '@/ui/data-table';
import { FormAction } from '@/ui/form';
import { Icon } from '@/ui/icon';
import { SetupHead } from '@/ui/setup-head';
import { Empty, Failed, Loading } from '@/ui/states';
import { AddUser, ChangeUser, GivePassword } from '../parts/user-forms';

type Row = Schemas['UserView'];

export function UsersPage() {
  const { t } = useTranslation(['setup', 'identity', 'common']);
  const state = useListState();
  const can = useCan();
  const me = useMe();
  const list = api.useQuery(
    'get',
    '/api/v1/users',
    { params: { query: listQuery(state) } },
    { placeholderData: keepPreviousData },
  );
  const columns: Column<Row>[] = [
    {
      id: 'name',
      header: t('user'),
      cell: (row) => (
        <>
          <b>{row.name}</b>
          <div className="quiet">{row.username}</div>
        </>
      ),
    },
    {
      id: 'roles',
      header: t('roles'),
      cell: (row) => row.roles.map((role) => t(`identity:role_${role}` as never)).join(', '),
    },
    {
      id: 'branch',
      header: t('common:branch'),
      wideOnly: true,
      cell: (row) =>
        me.branches.find((one) => one.id === row.branch_id)?.name ?? t('common:all_branches'),
    },
    {
      id: 'state',
      header: t('common:state'),
      wideOnly: true,
      cell: (row) => (
        <Badge
          color={row.disabled_at ? 'gray' : row.must_change_password ? 'amber' : 'teal'}
          variant="light"
          radius="sm"
          tt="none"
        >
          {row.disabled_at
            ? t('disabled')
            : row.must_change_password
              ? t('password_temporary')
              : t('enabled')}
        </Badge>
      ),
    },
    { id: 'act', header: '', right: true, cell: (row) => <Actions user={row} /> },
  ];
  return (
    <>
      <SetupHead at="users" />
      <Stack>
        <DataTable
          label={t('tab_users')}
          query={list}
          columns={columns}
          rowKey={(row) => row.id}
          state={state}
          searchable={t('user_search')}
          tools={
            <FormAction
              label={t('user_add')}
              leftSection={<Icon name="plus" size={16} />}
              verdict={can('user_write')}
            >
              {(close) => <AddUser close={close} />}
            </FormAction>
          }
          empty={<Empty icon="people" title={t('users_empty')} />}
        />
        <Roles />
      </Stack>
    </>
  );
}

function Actions({ user }: { user: Row }) {
  const { t } = useTranslation(['setup', 'common']);
  const can = useCan();
  const verdict = can('user_write');
  const quiet = { meta: { quiet: true } };
  const disable = api.useMutation('post', '/api/v1/users/{id}/disable', quiet);
  const enable = api.useMutation('post', '/api/v1/users/{id}/enable', quiet);
  const sessions = api.useMutation('delete', '/api/v1/users/{id}/sessions', quiet);
  const totp = api.useMutation('delete', '/api/v1/users/{id}/totp', quiet);
  const params = { path: { id: user.id } };
  const small = { size: 'compact-sm', variant: 'default', verdict } as const;
  // On a phone a row is its first action; the others are a touch away.
  const [all, setAll] = useState(false);
  return (
    <Group gap={8} justify="flex-end">
      <FormAction {...small} label={t('change')}>
        {(close) => <ChangeUser user={user} close={close} />}
      </FormAction>
      <Button
        hiddenFrom="sm"
        size="compact-sm"
        variant="subtle"
        aria-expanded={all}
        onClick={() => setAll(!all)}
      >
        {t(all ? 'user_less' : 'user_more')}
      </Button>
      <Group gap={8} justify="flex-end" visibleFrom={all ? undefined : 'sm'}>
        <FormAction {...small} label={t('password_give')}>
          {(close) => <GivePassword user={user} close={close} />}
        </FormAction>
        <ConfirmAction
          {...small}
          title={t('sessions_end_title')}
          text={t('sessions_end_text', { name: user.name })}
          confirm={t('sessions_end')}
          onConfirm={() => sessions.mutateAsync({ params })}
        >
          {t('sessions_end')}
        </ConfirmAction>
        {user.has_totp && (
          <ConfirmAction
            {...small}
            title={t('totp_take_title')}
            text={t('totp_take_text', { name: user.name })}
            confirm={t('totp_take')}
            onConfirm={() => totp.mutateAsync({ params })}
          >
            {t('totp_take')}
          </ConfirmAction>
        )}
        {user.disabled_at ? (
          <ConfirmAction
            {...small}
            title={t('enable_title')}
            text={user.name}
            confirm={t('enable')}
            onConfirm={() => enable.mutateAsync({ params })}
          >
            {t('enable')}
          </ConfirmAction>
        ) : (
          <ConfirmAction
            {...small}
            color="red"
            title={t('disable_title')}
            text={t('disable_text', { name: user.name })}
            confirm={t('disable')}
            onConfirm={() => disable.mutateAsync({ params })}
          >
            {t('disable')}
          </ConfirmAction>
        )}
      </Group>
    </Group>
  );
}

/** The permission matrix: it belongs to the program and is only shown. */
function Roles() {
  const { t } = useTranslation(['setup', 'identity']);
  const found = api.useQuery('get', '/api/v1/roles');
  if (found.error) return <Failed error={found.error} />;
  if (!found.data) return <Loading rows={4} />;
  return (
    <DataTable
      label={t('roles')}
      query={found}
      rowKey={(row) => row.code}
      columns={[
        {
          id: 'role',
          header: t('roles'),
          cell: (row) => <b>{t(`identity:role_${row.code}` as never)}</b>,
        },
        {
          id: 'may',
          header: t('role_may'),
          cell: (row) => (
            <Text size="xs" c="dimmed" style={{ whiteSpace: 'normal' }}>
              {row.permissions.join(', ')}
            </Text>
          ),
        },
      ]}
      empty={null}
    />
  );
}
