// One difference between an engine and us: both sides, and what each decision does.
import { Alert, Group, Stack, Text } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { api, type Schemas } from '@/api/client';
import { ConfirmAction } from '@/ui/action';
import { Instant } from '@/ui/day';
import { Facts } from '@/ui/facts';
import { StateBadge } from '@/ui/state-badge';

type Finding = Schemas['FindingView'];

export const NAMES: Record<string, string> = {
  freeradius: 'FreeRADIUS + daloRADIUS',
  inventree: 'InvenTree',
  erpnext: 'ERPNext',
};

type Words = (key: never) => string;

export function verdictWords(t: unknown, row: Finding): string {
  const say = t as Words;
  const verdict = say(`verdict_${row.verdict}` as never);
  return row.field ? `${verdict}: ${say(`field_${row.field}` as never)}` : verdict;
}

/** A finding whole: both sides, and what heals it. */
export function FindingView({ finding, done }: { finding: Finding; done: () => void }) {
  const { t } = useTranslation(['bridge', 'common']);
  const queries = useQueryClient();
  const settle = api.useMutation('post', '/api/v1/findings/{id}/settle', {
    meta: { quiet: true },
  });
  const send = async (choice: string) => {
    await settle.mutateAsync({ params: { path: { id: finding.id } }, body: { choice } });
    await queries.invalidateQueries();
    done();
  };
  const labels: Record<string, string> = {
    heal: finding.local_id == null ? t('remove_there') : t('heal'),
    adopt: t('adopt'),
    dismiss: t('dismiss'),
  };
  return (
    <Stack>
      <Facts
        items={[
          [t('engine'), NAMES[finding.engine] ?? finding.engine],
          [t('record'), t(`subject_${finding.subject}` as never)],
          [t('verdict'), verdictWords(t, finding)],
          [t('ours'), finding.ours],
          [t('theirs'), finding.theirs],
          [t('since'), <Instant key="s" at={finding.first_seen} />],
          [t('last_seen'), <Instant key="l" at={finding.last_seen} />],
          [t('common:state'), <StateBadge key="t" kind="finding" state={finding.state} />],
          [t('settled_by'), finding.settled_by],
        ]}
      />
      {finding.detail && <Text size="sm">{finding.detail}</Text>}
      {finding.hint && <Alert color="blue">{finding.hint}</Alert>}
      <Group>
        {finding.choices.map(({ choice, does }) => (
          <ConfirmAction
            key={choice}
            verdict={
              finding.can.settle.allowed
                ? { allowed: true }
                : { allowed: false, reason: finding.can.settle.reason ?? '' }
            }
            title={labels[choice] ?? choice}
            text={does}
            confirm={labels[choice] ?? choice}
            color={choice === 'heal' && finding.local_id == null ? 'red' : 'teal'}
            variant={choice === 'dismiss' ? 'default' : 'filled'}
            onConfirm={() => send(choice)}
          >
            {labels[choice] ?? choice}
          </ConfirmAction>
        ))}
      </Group>
    </Stack>
  );
}
