// What an attached payroll says otherwise of people, each with the decisions that exist and what they do.
import { Alert, Group, Stack, Text } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { api, type Schemas } from '@/api/client';
import { ConfirmAction } from '@/ui/action';
import { Panel } from '@/ui/facts';

type Finding = Schemas['FindingView'];

export function Asked() {
  const { t } = useTranslation('hr');
  const found = api.useQuery('get', '/api/v1/people/findings', undefined, {
    refetchInterval: 60_000,
  });
  const items = found.data?.items ?? [];
  if (items.length === 0) return null;
  return (
    <Panel title={t('asked')}>
      <Text size="sm" c="dimmed" mb="sm">
        {t('asked_note')}
      </Text>
      <Stack>
        {items.map((one) => (
          <Question key={one.id} of={one} />
        ))}
      </Stack>
    </Panel>
  );
}

function Question({ of }: { of: Finding }) {
  const { t } = useTranslation('hr');
  const queries = useQueryClient();
  const settle = api.useMutation('post', '/api/v1/people/findings/{id}/settle', {
    meta: { quiet: true },
  });
  const send = async (choice: string) => {
    await settle.mutateAsync({ params: { path: { id: of.id } }, body: { choice } });
    await queries.invalidateQueries();
  };
  const verdicts = ['maybe_double', 'missing_there', 'differs'];
  const verdict = verdicts.includes(of.verdict) ? of.verdict : 'other';
  const twin = of.verdict === 'maybe_double';
  const label: Record<string, string> = {
    adopt: t(twin ? 'choice_same' : 'choice_adopt'),
    heal: t(twin ? 'choice_other' : verdict === 'differs' ? 'choice_heal' : 'choice_again'),
    dismiss: t('choice_dismiss'),
  };
  // Of two decisions that do the same the first is enough.
  const choices = of.choices.filter(
    (one, at) => of.choices.findIndex((other) => other.does === one.does) === at,
  );
  return (
    <Stack gap={6}>
      <Text fw={600} size="sm">
        {t(`asked_${verdict}` as never)}
      </Text>
      <Text size="sm">
        {t('in_ours')}: {of.ours ?? '–'} · {t('in_theirs')}: {of.theirs ?? '–'}
      </Text>
      {of.hint && <Alert py={8}>{of.hint}</Alert>}
      <Group gap={8}>
        {choices.map(({ choice, does }) => (
          <ConfirmAction
            key={choice}
            size="xs"
            verdict={
              of.can.settle.allowed
                ? { allowed: true }
                : { allowed: false, reason: of.can.settle.reason ?? '' }
            }
            title={label[choice] ?? choice}
            text={does}
            confirm={label[choice] ?? choice}
            variant={choice === 'dismiss' ? 'default' : 'light'}
            onConfirm={() => send(choice)}
          >
            {label[choice] ?? choice}
          </ConfirmAction>
        ))}
      </Group>
    </Stack>
  );
}
