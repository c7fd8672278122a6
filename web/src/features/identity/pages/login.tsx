import { Button, Group, Paper, PasswordInput, Stack, Text, TextInput, Title } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useQueryClient } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api } from '@/api/client';
import { Problem } from '@/api/problem';
import { meQuery } from '@/api/session';
import { switchLang, useLang } from '@/locales';
import { FormBody } from '@/ui/form';
import classes from './login.module.css';

/** Only an address of this app: never another site's. */
function inside(next: string | undefined): string {
  return next && /^\/(?![/\\])/.test(next) && !next.startsWith('/login') ? next : '/';
}

export function LoginPage() {
  const { t } = useTranslation(['identity', 'common']);
  const lang = useLang();
  const navigate = useNavigate();
  const queries = useQueryClient();
  const { next } = useSearch({ strict: false }) as { next?: string };
  const [asksCode, setAsksCode] = useState(false);
  const login = api.useMutation('post', '/api/v1/session', { meta: { quiet: true } });
  const form = useForm({
    mode: 'uncontrolled',
    initialValues: { username: '', password: '', code: '' },
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
    queries.clear();
    await queries.fetchQuery(meQuery());
    await navigate({ href: inside(next), replace: true });
  };

  return (
    <div className={classes.page}>
      <Paper className={classes.card} withBorder radius="lg">
        <Stack gap="lg">
          <Group gap="sm">
            <img src="/favicon.svg" alt="" width={40} height={40} />
            <div>
              <Title order={1} fz={22} lh={1.2}>
                {t('common:app_name')}
              </Title>
              <Text size="sm" c="dimmed">
                {t('tagline')}
              </Text>
            </div>
          </Group>
          <FormBody form={form} onSubmit={submit} submit={t('login')} full>
            <TextInput
              label={t('username')}
              autoComplete="username"
              autoCapitalize="none"
              spellCheck={false}
              autoFocus
              size="md"
              key={form.key('username')}
              {...form.getInputProps('username')}
            />
            <PasswordInput
              label={t('password')}
              autoComplete="current-password"
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
        </Stack>
      </Paper>
      <Button
        variant="subtle"
        color="gray"
        size="compact-sm"
        onClick={() => void switchLang(lang === 'id' ? 'en' : 'id')}
      >
        {t('common:switch_language')}
      </Button>
    </div>
  );
}
