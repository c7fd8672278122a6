// What is agreed on a subscription besides its plan, and what is on its way: each with its way back.
import { Group, Stack, Text } from '@mantine/core';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { api } from '@/api/client';
import { useCan, useToday } from '@/api/session';
import { formatMoney } from '@/lib/money';
import { keyed } from '@/lib/request-key';
import { ConfirmAction } from '@/ui/action';
import { Day, Instant } from '@/ui/day';
import type { Chain } from './subscription-forms';

const quiet = { meta: { quiet: true } };

export function SubscriptionTerms({ chain }: { chain: Chain }) {
  const can = useCan();
  if (!can('subscription_read').allowed) return null;
  return <Terms chain={chain} />;
}

function Terms({ chain }: { chain: Chain }) {
  const { t } = useTranslation('chain');
  const can = useCan();
  const today = useToday();
  const params = { path: { id: chain.subscription_id } };
  const held = chain.holds.some((hold) => hold === 'manual' || hold === 'abuse');
  const detail = api.useQuery('get', '/api/v1/subscriptions/{id}', { params });
  const promises = api.useQuery('get', '/api/v1/subscriptions/{id}/promises', { params });
  const holds = api.useQuery(
    'get',
    '/api/v1/subscriptions/{id}/holds',
    { params },
    { enabled: held },
  );
  const plans = api.useQuery('get', '/api/v1/plans', undefined, {
    enabled: can('plan_read').allowed,
  });
  const resume = api.useMutation('post', '/api/v1/subscriptions/{id}/resume', quiet);
  const takeBack = api.useMutation(
    'delete',
    '/api/v1/subscriptions/{id}/promises/{promise}',
    quiet,
  );
  const giveUp = api.useMutation(
    'delete',
    '/api/v1/subscriptions/{id}/plan-change/{change}',
    quiet,
  );
  const endExtra = api.useMutation('delete', '/api/v1/subscriptions/{id}/extras/{extra}', quiet);
  const manual = api.useMutation('delete', '/api/v1/subscriptions/{id}/holds/manual', quiet);
  const abuse = api.useMutation('delete', '/api/v1/subscriptions/{id}/holds/abuse', quiet);
  const write = can('subscription_write');

  const rows: { key: string; text: ReactNode; act: ReactNode }[] = [];
  for (const hold of held ? (holds.data?.items ?? []) : []) {
    if (hold.kind !== 'manual' && hold.kind !== 'abuse') continue;
    const release = hold.kind === 'abuse' ? abuse : manual;
    rows.push({
      key: `hold-${hold.kind}`,
      text: (
        <>
          {t(`hold_${hold.kind}`)}: {hold.why} · {hold.by} · <Instant at={hold.placed_at} />
        </>
      ),
      act: (
        <ConfirmAction
          size="compact-sm"
          variant="default"
          verdict={can(hold.kind === 'abuse' ? 'hold_abuse_write' : 'hold_manual_write')}
          title={t('release_title')}
          text={t('release_text')}
          confirm={t('release')}
          onConfirm={() => release.mutateAsync({ params })}
        >
          {t('release')}
        </ConfirmAction>
      ),
    });
  }
  for (const pause of detail.data?.pauses ?? []) {
    if (pause.state !== 'scheduled' && pause.state !== 'running') continue;
    const running = pause.state === 'running';
    rows.push({
      key: pause.id,
      text: (
        <>
          {t('do_pause')}: <Day day={pause.from} /> – <Day day={pause.to} />
        </>
      ),
      act: (
        <ConfirmAction
          size="compact-sm"
          variant="default"
          verdict={write}
          title={t(running ? 'resume_title' : 'call_off_title')}
          text={t(running ? 'resume_text' : 'call_off_text')}
          confirm={t(running ? 'resume' : 'call_off')}
          onConfirm={(_, key) => resume.mutateAsync({ params, ...keyed(key) })}
        >
          {t(running ? 'resume' : 'call_off')}
        </ConfirmAction>
      ),
    });
  }
  for (const promise of promises.data?.items ?? []) {
    if (promise.cancelled_at || promise.until < today) continue;
    rows.push({
      key: promise.id,
      text: (
        <>
          {t('do_promise')}: <Day day={promise.until} /> · {promise.made_by}
        </>
      ),
      act: (
        <ConfirmAction
          size="compact-sm"
          variant="default"
          verdict={can('promise_write')}
          title={t('take_back_title')}
          text={t('take_back_text')}
          confirm={t('take_back')}
          onConfirm={() =>
            takeBack.mutateAsync({ params: { path: { ...params.path, promise: promise.id } } })
          }
        >
          {t('take_back')}
        </ConfirmAction>
      ),
    });
  }
  for (const change of detail.data?.plan_changes ?? []) {
    if (change.state !== 'scheduled' && change.state !== 'waiting_payment') continue;
    const name = plans.data?.items.find((plan) => plan.id === change.new_plan_id)?.name ?? '';
    rows.push({
      key: change.id,
      text: (
        <>
          {t('do_plan')}: {name} · {t('from')} <Day day={change.from} />
          {change.state === 'waiting_payment' && ` · ${t('waits_payment')}`}
        </>
      ),
      act: (
        <ConfirmAction
          size="compact-sm"
          variant="default"
          verdict={write}
          title={t('give_up_title')}
          text={t('give_up_text')}
          confirm={t('give_up')}
          onConfirm={() =>
            giveUp.mutateAsync({ params: { path: { ...params.path, change: change.id } } })
          }
        >
          {t('give_up')}
        </ConfirmAction>
      ),
    });
  }
  for (const extra of detail.data?.extras ?? []) {
    if (extra.ended_at) continue;
    const value = extra.percent_bp > 0 ? `${extra.percent_bp / 100} %` : formatMoney(extra.amount);
    rows.push({
      key: extra.id,
      text: (
        <>
          {extra.name} · {extra.kind === 'discount' ? '−' : '+'}
          {value}
          {extra.periods ? ` · ${extra.used}/${extra.periods}` : ''}
        </>
      ),
      act: (
        <ConfirmAction
          size="compact-sm"
          variant="default"
          verdict={write}
          title={t('extra_end_title')}
          text={extra.name}
          confirm={t('extra_end')}
          onConfirm={() =>
            endExtra.mutateAsync({ params: { path: { ...params.path, extra: extra.id } } })
          }
        >
          {t('extra_end')}
        </ConfirmAction>
      ),
    });
  }
  if (rows.length === 0) return null;
  return (
    <Stack gap={8}>
      {rows.map((row) => (
        <Group key={row.key} justify="space-between" gap={8}>
          <Text size="sm" component="div">
            {row.text}
          </Text>
          {row.act}
        </Group>
      ))}
    </Stack>
  );
}
