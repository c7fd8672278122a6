import { MultiSelect, PasswordInput, Select, Text, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useTranslation } from 'react-i18next';
import { api, type Schemas } from '@/api/client';
import { useMe } from '@/api/session';
import { FormBody } from '@/ui/form';

type User = Schemas['UserView'];

const quiet = { meta: { quiet: true } };

type Fields = {
  username: string;
  name: string;
  phone: string;
  email: string;
  roles: string[];
  branch_id: string;
  partner_id: string;
  password: string;
};

function useUserForm(user?: User) {
  const { t } = useTranslation(['setup', 'common', 'identity']);
  return useForm<Fields>({
    initialValues: {
      username: user?.username ?? '',
      name: user?.name ?? '',
      phone: user?.phone ?? '',
      email: user?.email ?? '',
      roles: user?.roles ?? [],
      branch_id: user?.branch_id ?? '',
      partner_id: user?.partner_id ?? '',
      password: '',
    },
    validate: {
      username: (value) => (value.trim() ? null : t('common:required')),
      name: (value) => (value.trim() ? null : t('common:required')),
      roles: (value) => (value.length > 0 ? null : t('common:required')),
      password: (value) => (user || value.length >= 10 ? null : t('identity:password_new_hint')),
    },
  });
}

const shared = (values: Fields) => ({
  name: values.name.trim(),
  phone: values.phone.trim() || null,
  email: values.email.trim() || null,
  roles: values.roles,
  branch_id: values.branch_id || null,
  partner_id: values.roles.includes('reseller') ? values.partner_id || null : null,
});

function UserFields({ form }: { form: ReturnType<typeof useUserForm> }) {
  const { t } = useTranslation(['setup', 'identity', 'common', 'crm']);
  const me = useMe();
  const roles = api.useQuery('get', '/api/v1/roles');
  const isPartner = form.values.roles.includes('reseller');
  const partners = api.useQuery('get', '/api/v1/partners', undefined, { enabled: isPartner });
  return (
    <>
      <TextInput label={t('person_name')} required {...form.getInputProps('name')} />
      <MultiSelect
        label={t('roles')}
        required
        data={(roles.data?.items ?? []).map((role) => ({
          value: role.code,
          label: t(`identity:role_${role.code}` as never),
        }))}
        {...form.getInputProps('roles')}
      />
      <Select
        label={t('common:branch')}
        placeholder={t('common:all_branches')}
        clearable
        data={me.branches.map((one) => ({ value: one.id, label: one.name }))}
        {...form.getInputProps('branch_id')}
        onChange={(value) => form.setFieldValue('branch_id', value ?? '')}
      />
      {isPartner && (
        <Select
          label={t('common:partner')}
          searchable
          data={(partners.data?.items ?? []).map((one) => ({ value: one.id, label: one.name }))}
          {...form.getInputProps('partner_id')}
          onChange={(value) => form.setFieldValue('partner_id', value ?? '')}
        />
      )}
      <TextInput label={t('crm:phone')} {...form.getInputProps('phone')} />
      <TextInput label={t('common:email')} type="email" {...form.getInputProps('email')} />
    </>
  );
}

export function AddUser({ close }: { close: () => void }) {
  const { t } = useTranslation(['setup', 'identity']);
  const add = api.useMutation('post', '/api/v1/users', quiet);
  const form = useUserForm();
  return (
    <FormBody
      form={form}
      submit={t('user_add')}
      cancel={close}
      onSubmit={async (values) => {
        await add.mutateAsync({
          body: {
            ...shared(values),
            username: values.username.trim(),
            password: values.password,
          },
        });
        close();
      }}
    >
      <TextInput
        label={t('identity:username')}
        required
        autoComplete="off"
        autoCapitalize="none"
        {...form.getInputProps('username')}
      />
      <UserFields form={form} />
      <PasswordInput
        label={t('password_temporary')}
        description={t('password_temporary_hint')}
        required
        autoComplete="new-password"
        {...form.getInputProps('password')}
      />
    </FormBody>
  );
}

export function ChangeUser({ user, close }: { user: User; close: () => void }) {
  const { t } = useTranslation('common');
  const change = api.useMutation('put', '/api/v1/users/{id}', quiet);
  const form = useUserForm(user);
  return (
    <FormBody
      form={form}
      submit={t('save')}
      cancel={close}
      onSubmit={async (values) => {
        await change.mutateAsync({ params: { path: { id: user.id } }, body: shared(values) });
        close();
      }}
    >
      <UserFields form={form} />
    </FormBody>
  );
}

export function GivePassword({ user, close }: { user: User; close: () => void }) {
  const { t } = useTranslation(['setup', 'identity']);
  const give = api.useMutation('post', '/api/v1/users/{id}/password', quiet);
  const form = useForm({
    initialValues: { password: '' },
    validate: {
      password: (value) => (value.length >= 10 ? null : t('identity:password_new_hint')),
    },
  });
  return (
    <FormBody
      form={form}
      submit={t('password_give')}
      cancel={close}
      onSubmit={async (body) => {
        await give.mutateAsync({ params: { path: { id: user.id } }, body });
        close();
      }}
    >
      <Text size="sm">{t('password_give_text', { name: user.name })}</Text>
      <PasswordInput
        label={t('password_temporary')}
        description={t('password_temporary_hint')}
        autoComplete="new-password"
        {...form.getInputProps('password')}
      />
    </FormBody>
  );
}
