import { PasswordInput, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api } from '@/api/client';
import { Problem } from '@/api/problem';
import { FormBody } from '@/ui/form';

type Props = {
  /** Who is expected; empty: anybody. */
  username?: string;
  onLoggedIn: () => Promise<unknown>;
};

/** Name, password, and the one-time code when it is needed. */
export function LoginForm({ username = '', onLoggedIn }: Props) {
  const { t } = useTranslation(['identity', 'common']);
  const [asksCode, setAsksCode] = useState(false);
  const login = api.useMutation('post', '/api/v1/session', { meta: { quiet: true } });
  const form = useForm({
    mode: 'uncontrolled',
    initialValues: { username, password: '', code: '' },
    validate: {
      username: (value) => (value.trim() ? null : t('common:required')),
      password: (value) => (value ? null : t('common:required')),
    },
  });

  const submit = async (values: typeof form.values) => {
    try {
      await login.mutateAsync({
        body: {
          username: values.username.trim(),
          password: values.password,
          ...(values.code ? { code: values.code.trim() } : {}),
        },
      });
    } catch (error) {
      if (Problem.from(error).code === 'identity.code_needed') setAsksCode(true);
      throw error;
    }
    await onLoggedIn();
  };

  return (
    <FormBody form={form} onSubmit={submit} submit={t('login')} full>
      <TextInput
        label={t('username')}
        autoComplete="username"
        autoCapitalize="none"
        spellCheck={false}
        autoFocus={!username}
        size="md"
        key={form.key('username')}
        {...form.getInputProps('username')}
      />
      <PasswordInput
        label={t('password')}
        autoComplete="current-password"
        autoFocus={Boolean(username)}
        size="md"
        key={form.key('password')}
        {...form.getInputProps('password')}
      />
      {asksCode && (
        <TextInput
          label={t('totp')}
          description={t('totp_hint')}
          autoComplete="one-time-code"
          inputMode="numeric"
          size="md"
          autoFocus
          key={form.key('code')}
          {...form.getInputProps('code')}
        />
      )}
    </FormBody>
  );
}
