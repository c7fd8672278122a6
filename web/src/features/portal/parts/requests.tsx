import { Alert, Badge, Button, Group, Select, Stack, Text, Textarea, Title } from '@mantine/core';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api } from '@/api/client';
import { formatMoney } from '@/lib/money';
import { keyed, useRequestKey } from '@/lib/request-key';
import { problemText } from '@/ui/states';
import type { PortalLine } from '../session';

const KINDS = [
  ['plan_change', 'ask_plan'],
  ['stop', 'ask_stop'],
  ['contact', 'ask_contact'],
] as const;
type State = 'open' | 'done' | 'refused' | 'withdrawn';

/** What only the office changes is asked for here. */
export function Requests({ lines }: { lines: PortalLine[] }) {
  const { t } = useTranslation('portal');
  const line = lines.find((one) => one.condition !== 'ended') ?? lines[0];
  const [kind, setKind] = useState<string>('plan_change');
  const [plan, setPlan] = useState<string | null>(null);
  const [note, setNote] = useState('');
  const request = useRequestKey();
  const plans = api.useQuery(
    'get',
    '/api/v1/portal/plans',
    { params: { query: { subscription: line?.id ?? '' } } },
    { enabled: line != null },
  );
  const asked = api.useQuery('get', '/api/v1/portal/requests');
  const ask = api.useMutation('post', '/api/v1/portal/requests', { meta: { quiet: true } });
  const withdraw = api.useMutation('delete', '/api/v1/portal/requests/{id}');
  if (!line) return null;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    ask.mutate(
      {
        ...keyed(request.key()),
        body: {
          subscription_id: line.id,
          kind,
          plan_id: kind === 'plan_change' ? plan : null,
          note,
        },
      },
      { onSettled: request.done },
    );
  };
  return (
    <Stack>
      <Title order={2}>{t('requests')}</Title>
      {asked.data?.items.map((one) => (
        <Group key={one.id} justify="space-between" wrap="nowrap">
          <div>
            <Text>
              {t(KINDS.find(([name]) => name === one.kind)?.[1] ?? 'ask_contact')} · {one.number}
            </Text>
            <Text size="sm" c="dimmed">
              {one.answer ?? one.wished_plan ?? one.note}
            </Text>
          </div>
          {one.state === 'open' ? (
            <Button
              variant="subtle"
              loading={withdraw.isPending}
              onClick={() => withdraw.mutate({ params: { path: { id: one.id } } })}
            >
              {t('withdraw')}
            </Button>
          ) : (
            <Badge variant="light">{t(`request_${one.state as State}`)}</Badge>
          )}
        </Group>
      ))}
      <form onSubmit={submit}>
        <Stack>
          <Select
            aria-label={t('requests')}
            data={KINDS.map(([value, label]) => ({ value, label: t(label) }))}
            value={kind}
            onChange={(value) => setKind(value ?? 'plan_change')}
            allowDeselect={false}
          />
          {kind === 'plan_change' && (
            <Select
              label={t('ask_plan_which')}
              required
              data={(plans.data?.items ?? [])
                .filter((one) => !one.current)
                .map((one) => ({
                  value: one.id,
                  label: `${one.name} · ${formatMoney(one.price)}`,
                }))}
              value={plan}
              onChange={setPlan}
            />
          )}
          <Textarea
            label={t('ask_note')}
            required={kind === 'contact'}
            autosize
            minRows={2}
            value={note}
            onChange={(event) => setNote(event.currentTarget.value)}
          />
          {ask.error != null && (
            <Alert color="red" role="alert">
              {problemText(ask.error)}
            </Alert>
          )}
          {ask.isSuccess && (
            <Alert color="money" role="status">
              {t('ask_sent', { number: ask.data.number })}
            </Alert>
          )}
          <Button type="submit" variant="default" loading={ask.isPending}>
            {t('ask_send')}
          </Button>
        </Stack>
      </form>
    </Stack>
  );
}
