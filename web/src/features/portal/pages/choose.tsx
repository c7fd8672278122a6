import { Button, Stack, Text, Title } from '@mantine/core';
import { useQueryClient, useSuspenseQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { api } from '@/api/client';
import { portalSession } from '../session';

/** For a phone that several customers have: who comes in. */
export function ChoosePage({ onChosen }: { onChosen?: () => void }) {
  const { t } = useTranslation('portal');
  const queries = useQueryClient();
  const session = useSuspenseQuery(portalSession()).data;
  const choose = api.useMutation('put', '/api/v1/portal/session', {
    onSuccess: (now) => {
      queries.setQueryData(portalSession().queryKey, now);
      onChosen?.();
    },
  });
  return (
    <Stack>
      <Title order={1}>{t('choose_title')}</Title>
      <Text c="dimmed">{t('choose_hint')}</Text>
      {session.choices.map((one) => (
        <Button
          key={one.id}
          variant="default"
          size="xl"
          h="auto"
          py="sm"
          justify="flex-start"
          loading={choose.isPending && choose.variables.body.customer_id === one.id}
          onClick={() => choose.mutate({ body: { customer_id: one.id } })}
        >
          <Stack gap={0} align="flex-start">
            <span>
              {one.name} · {one.number}
            </span>
            <Text size="sm" c="dimmed" style={{ whiteSpace: 'normal' }}>
              {one.address}
            </Text>
          </Stack>
        </Button>
      ))}
    </Stack>
  );
}
