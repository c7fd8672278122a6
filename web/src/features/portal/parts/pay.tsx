import { Alert, Button, Group, Stack, Text } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api } from '@/api/client';
import { formatMoney } from '@/lib/money';
import { keyed, useRequestKey } from '@/lib/request-key';
import { paying, type PortalLine, setPaying } from '../session';
import { Modal } from '@/ui/windows';

/** Begins a payment and goes where it is made. */
export function usePay() {
  return api.useMutation('post', '/api/v1/portal/pay', {
    onSuccess: (payment) => {
      setPaying(payment.reference);
      if (payment.url) globalThis.location.assign(payment.url);
    },
  });
}

/** How far the payment is that was begun in this tab. */
export function PayProgress() {
  const { t } = useTranslation('portal');
  const [reference, setReference] = useState(paying);
  const found = api.useQuery(
    'get',
    '/api/v1/portal/pay/{reference}',
    { params: { path: { reference: reference ?? '' } } },
    {
      enabled: reference !== null,
      retry: false,
      refetchInterval: (query) => {
        const now = query.state.data?.progress;
        return now === 'waiting' || now === 'opening' ? 3000 : false;
      },
    },
  );
  if (reference === null || !found.data) return null;
  const { progress, payment, say } = found.data;
  const state = progress as
    'waiting' | 'opening' | 'online' | 'settled' | 'still_limited' | 'ended';
  const good = state === 'online' || state === 'settled';
  const close = () => {
    setPaying(null);
    setReference(null);
  };
  return (
    <Alert
      role="status"
      color={good ? 'money' : 'amber'}
      withCloseButton={state !== 'opening'}
      onClose={close}
    >
      <Stack gap="xs">
        <span>{t(`back_${state}`)}</span>
        {say && <span>{say}</span>}
        {state === 'waiting' && payment.code && <Text className="serial">{payment.code}</Text>}
        {state === 'waiting' && payment.url && (
          <Button component="a" href={payment.url} variant="light">
            {t('continue_paying')}
          </Button>
        )}
      </Stack>
    </Alert>
  );
}

const MONTHS = [3, 6, 12];

/** Months ahead: the amount is seen before the bill is made. */
export function PayAhead({ line }: { line: PortalLine }) {
  const { t } = useTranslation('portal');
  const [months, setMonths] = useState<number | null>(null);
  const path = { id: line.id };
  const preview = api.useMutation('post', '/api/v1/portal/subscriptions/{id}/ahead/preview');
  const issue = api.useMutation('post', '/api/v1/portal/subscriptions/{id}/ahead');
  const pay = usePay();
  const request = useRequestKey();
  if (line.mode !== 'prepaid' || !['active', 'isolated'].includes(line.state)) return null;
  const look = (many: number) =>
    preview.mutate(
      { params: { path }, body: { months: many } },
      { onSuccess: () => setMonths(many) },
    );
  const go = async () => {
    if (months === null) return;
    const made = await issue.mutateAsync({
      params: { path },
      ...keyed(request.key()),
      body: { months },
    });
    request.done();
    if (made.invoice_id) await pay.mutateAsync({ body: { invoice_id: made.invoice_id } });
  };
  return (
    <Stack gap="xs">
      <Text fw={600}>{t('ahead')}</Text>
      <Group>
        {MONTHS.map((many) => (
          <Button
            key={many}
            variant="default"
            loading={preview.isPending && preview.variables.body.months === many}
            onClick={() => look(many)}
          >
            {t('ahead_months', { n: many })}
          </Button>
        ))}
      </Group>
      <Modal
        opened={months !== null}
        onClose={() => setMonths(null)}
        title={t('ahead_months', { n: months ?? 0 })}
      >
        <Stack>
          <Text>{t('ahead_note')}</Text>
          <Button
            size="lg"
            loading={issue.isPending || pay.isPending}
            onClick={() => void go().catch(() => undefined)}
          >
            {t('pay', { amount: formatMoney(preview.data?.total ?? 0) })}
          </Button>
        </Stack>
      </Modal>
    </Stack>
  );
}
