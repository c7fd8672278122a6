// Sweeps that the guard has stopped: a person says whether so many customers are really isolated.
import { Alert, Group, Stack, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { api, type Schemas } from '@/api/client';
import { useCan } from '@/api/session';
import { groupDigits } from '@/lib/money';
import { ConfirmAction } from '@/ui/action';
import { Age, Instant } from '@/ui/day';
import { Facts, Figure, Panel } from '@/ui/facts';
import { Icon } from '@/ui/icon';
import { Empty, Failed, Loading } from '@/ui/states';
import { MoneyHead } from '../parts/money-head';

type Sweep = Schemas['SweepView'];

export function SweepsPage() {
  const { t } = useTranslation('billing');
  const found = api.useQuery('get', '/api/v1/sweeps', undefined, { refetchInterval: 30_000 });
  return (
    <>
      <MoneyHead at="sweeps" />
      {found.error && <Failed error={found.error} again={() => void found.refetch()} />}
      {found.isPending && <Loading rows={4} />}
      {found.data?.items.length === 0 && (
        <Empty icon="check" title={t('sweeps_empty')} hint={t('sweeps_empty_hint')} />
      )}
      <Stack>
        {found.data?.items.map((sweep) => (
          <SweepCard key={sweep.id} sweep={sweep} />
        ))}
      </Stack>
    </>
  );
}

/** Why the guard stopped, as the server tells it. */
type Doubt = { kind?: string; share_per_mille?: number; usual_per_mille?: number; hours?: number };

function SweepCard({ sweep }: { sweep: Sweep }) {
  const { t } = useTranslation(['billing', 'chain', 'common']);
  const can = useCan();
  const answer = api.useMutation('post', '/api/v1/sweeps/{id}/answer', { meta: { quiet: true } });
  const verdict = can('sweep_approve', sweep, 'answer');
  const doubt = sweep.doubt as Doubt;
  const count = groupDigits(sweep.isolated);
  const expected =
    doubt.usual_per_mille === undefined
      ? null
      : Math.round((sweep.reached * doubt.usual_per_mille) / 1000);
  const send = (go_on: boolean) =>
    answer.mutateAsync({ params: { path: { id: sweep.id } }, body: { go_on } });
  return (
    <Panel
      title={t('sweep_of', {
        mode: t(sweep.mode === 'prepaid' ? 'chain:mode_prepaid' : 'chain:mode_postpaid'),
        branch: sweep.branch_name ?? '',
      })}
    >
      <Stack>
        <Alert color="amber" icon={<Icon name="warning" />}>
          {reason(t, doubt)}
        </Alert>
        <Group gap={48} align="flex-start">
          <Figure
            label={t('sweep_count')}
            value={count}
            note={t('sweep_of_reached', { n: groupDigits(sweep.reached) })}
          />
          {expected !== null && (
            <Figure label={t('sweep_expected')} value={groupDigits(expected)} />
          )}
        </Group>
        <Facts
          items={[
            [t('sweep_instant'), <Instant key="i" at={sweep.instant} />],
            [t('sweep_waits'), <Age key="w" since={sweep.created_at} />],
          ]}
        />
        <Text size="sm" c="dimmed">
          {t('sweep_meanwhile')}
        </Text>
        <Group gap={8}>
          <ConfirmAction
            verdict={verdict}
            color="red"
            title={t('sweep_go_title', { n: count })}
            text={t('sweep_go_text', { n: count })}
            confirm={t('sweep_go')}
            onConfirm={() => send(true)}
          >
            {t('sweep_go')}
          </ConfirmAction>
          <ConfirmAction
            verdict={verdict}
            variant="default"
            title={t('sweep_stop_title')}
            text={t('sweep_stop_text', { n: count })}
            confirm={t('sweep_stop')}
            onConfirm={() => send(false)}
          >
            {t('sweep_stop')}
          </ConfirmAction>
        </Group>
      </Stack>
    </Panel>
  );
}

function reason(t: ReturnType<typeof useTranslation<'billing'>>['t'], doubt: Doubt): string {
  if (doubt.kind === 'silent') return t('sweep_silent', { hours: doubt.hours ?? 0 });
  return t('sweep_too_many', {
    share: Math.round((doubt.share_per_mille ?? 0) / 10),
    usual: Math.round((doubt.usual_per_mille ?? 0) / 10),
  });
}
