import { Alert, Button, Paper, Stack, Text, TextInput, Title } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api } from '@/api/client';
import { path } from '@/lib/path';
import { switchLang, useLang } from '@/locales';
import { problemText } from '@/ui/states';
import { portalSession } from '../session';
import classes from '../portal.module.css';

const quiet = { meta: { quiet: true } } as const;

export function PortalLoginPage() {
  const { t } = useTranslation(['portal', 'common']);
  const lang = useLang();
  const queries = useQueryClient();
  const navigate = useNavigate();
  const [phone, setPhone] = useState('');
  const [code, setCode] = useState('');
  const [sent, setSent] = useState(false);
  const send = api.useMutation('post', '/api/v1/portal/code', quiet);
  const enter = api.useMutation('post', '/api/v1/portal/session', quiet);
  const ask = async () => {
    enter.reset();
    setCode('');
    await send.mutateAsync({ body: { phone } });
    setSent(true);
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (!sent) {
      void ask().catch(() => undefined);
      return;
    }
    enter.mutate(
      { body: { phone, code } },
      {
        onSuccess: (session) => {
          queries.clear();
          queries.setQueryData(portalSession().queryKey, session);
          void navigate({ to: path.me(), replace: true });
        },
      },
    );
  };
  const refusal = enter.error ?? send.error;
  return (
    <main className={classes.main} style={{ maxWidth: 420, paddingTop: 48 }}>
      <Paper withBorder radius="lg" p="lg">
        <form onSubmit={submit}>
          <Stack>
            <img src="/favicon.svg" alt="" width={40} height={40} />
            <Title order={1}>{t('login_title')}</Title>
            <Text c="dimmed">{sent ? t('code_hint') : t('login_hint')}</Text>
            <TextInput
              label={t('phone')}
              type="tel"
              autoComplete="tel"
              size="lg"
              required
              placeholder="0812 3456 7890"
              readOnly={sent}
              value={phone}
              onChange={(event) => setPhone(event.currentTarget.value)}
            />
            {sent && (
              <TextInput
                label={t('code')}
                inputMode="numeric"
                autoComplete="one-time-code"
                size="lg"
                required
                data-autofocus
                autoFocus
                maxLength={8}
                value={code}
                onChange={(event) => setCode(event.currentTarget.value)}
              />
            )}
            {refusal != null && (
              <Alert color="red" role="alert">
                {problemText(refusal)}
              </Alert>
            )}
            <Button type="submit" size="lg" loading={send.isPending || enter.isPending}>
              {sent ? t('enter') : t('send_code')}
            </Button>
            {sent && (
              <>
                <Button variant="subtle" onClick={() => void ask().catch(() => undefined)}>
                  {t('another_code')}
                </Button>
                <Button
                  variant="subtle"
                  color="gray"
                  onClick={() => {
                    setSent(false);
                    send.reset();
                    enter.reset();
                  }}
                >
                  {t('another_phone')}
                </Button>
              </>
            )}
          </Stack>
        </form>
      </Paper>
      <Button
        mt="md"
        fullWidth
        variant="subtle"
        color="gray"
        onClick={() => void switchLang(lang === 'id' ? 'en' : 'id')}
      >
        {t('common:switch_language')}
      </Button>
    </main>
  );
}
