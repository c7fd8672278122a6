import { Button, Group, Paper, Stack, Text, Title } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { meQuery } from '@/api/session';
import { switchLang, useLang } from '@/locales';
import { LoginForm } from '../parts/login-form';
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
  const enter = async () => {
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
          <LoginForm onLoggedIn={enter} />
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
