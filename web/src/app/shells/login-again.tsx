// The session ended in the middle of work: logging in again over the page keeps what was typed.
import { Button, Group, Stack, Text } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { client } from '@/api/client';
import { meQuery, useMe } from '@/api/session';
import { LoginForm } from '@/features/identity/parts/login-form';
import { path } from '@/lib/path';
import { setExpired } from '../expired';
import { Modal } from '@/ui/windows';

export function LoginAgain() {
  const { t } = useTranslation(['identity', 'common']);
  const me = useMe();
  const queries = useQueryClient();

  const goOn = async () => {
    const { data } = await client.GET('/api/v1/me');
    // somebody else has other rights and other pages: begin anew
    if (!data || data.id !== me.id) {
      globalThis.location.assign(path.home());
      return;
    }
    queries.setQueryData(meQuery().queryKey, data);
    setExpired(false);
    await queries.invalidateQueries({ predicate: (query) => query.queryKey[0] === 'get' });
  };

  return (
    <Modal
      opened
      onClose={() => undefined}
      withCloseButton={false}
      closeOnEscape={false}
      closeOnClickOutside={false}
      zIndex={1000}
      title={t('expired')}
    >
      <Stack>
        <Text size="sm">{t('expired_text')}</Text>
        <LoginForm username={me.username} onLoggedIn={goOn} />
        <Group justify="center">
          <Button
            variant="subtle"
            color="gray"
            size="compact-sm"
            onClick={() => globalThis.location.assign(path.login())}
          >
            {t('expired_leave')}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}
