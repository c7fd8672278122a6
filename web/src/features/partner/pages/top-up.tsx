// Money into the balance: at the gateway, which credits it by itself, or by a transfer that finance sees.
import { Alert, Button, SegmentedControl, Stack, Text, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, type Schemas } from '@/api/client';
import { parseMoney } from '@/lib/money';
import { path } from '@/lib/path';
import { keyed } from '@/lib/request-key';
import { Instant } from '@/ui/day';
import { Panel } from '@/ui/facts';
import { FormBody, MoneyInput } from '@/ui/form';
import { Icon } from '@/ui/icon';
import { ButtonTo } from '@/ui/link';
import { Money } from '@/ui/money';
import { PageHead } from '@/ui/states';
import { Own } from '../own';

type TopUp = Schemas['TopUp'];
type Way = 'gateway' | 'transfer' | 'cash';

export function PartnerTopUpPage() {
  return <Own>{(partner) => <Ask partner={partner} />}</Own>;
}

function Ask({ partner }: { partner: string }) {
  const { t } = useTranslation(['partner', 'common']);
  const [way, setWay] = useState<Way>('gateway');
  const [asked, setAsked] = useState<TopUp | null>(null);
  const quiet = { meta: { quiet: true } };
  const open = api.useMutation('post', '/api/v1/wallet/{partner}/top-up/gateway', quiet);
  const ask = api.useMutation('post', '/api/v1/wallet/{partner}/top-up', quiet);
  const form = useForm({
    initialValues: { amount: '', reference: '', note: '' },
    validate: {
      amount: (value) => ((parseMoney(value) ?? 0) > 0 ? null : t('amount_unread')),
      reference: (value) => (way === 'gateway' || value.trim() ? null : t('common:required')),
    },
  });
  if (asked) return <Asked first={asked} again={() => setAsked(null)} />;

  const submit = async (values: typeof form.values, key: string) => {
    const amount = parseMoney(values.amount) ?? 0;
    const params = { path: { partner } };
    if (way === 'gateway') {
      setAsked(await open.mutateAsync({ params, body: { amount } }));
      return;
    }
    const body = {
      amount,
      channel: way,
      reference: values.reference.trim(),
      note: values.note.trim() || null,
    };
    setAsked(await ask.mutateAsync({ params, body, ...keyed(key) }));
  };
  return (
    <>
      <PageHead title={t('top_up')} />
      <Panel>
        <FormBody
          form={form}
          onSubmit={submit}
          submit={way === 'gateway' ? t('top_up_gateway') : t('top_up_ask')}
          full
        >
          <SegmentedControl
            aria-label={t('way')}
            fullWidth
            value={way}
            onChange={(value) => setWay(value as Way)}
            data={[
              { value: 'gateway', label: t('way_gateway') },
              { value: 'transfer', label: t('way_transfer') },
              { value: 'cash', label: t('way_cash') },
            ]}
          />
          <Text size="sm" c="dimmed">
            {way === 'gateway' ? t('way_gateway_hint') : t('way_hand_hint')}
          </Text>
          <MoneyInput label={t('amount')} required autoFocus {...form.getInputProps('amount')} />
          {way !== 'gateway' && (
            <>
              <TextInput
                label={t('reference')}
                description={t('reference_hint')}
                required
                {...form.getInputProps('reference')}
              />
              <TextInput label={t('note')} {...form.getInputProps('note')} />
            </>
          )}
        </FormBody>
      </Panel>
    </>
  );
}

/** Follows a top-up until it is decided. */
function Asked({ first, again }: { first: TopUp; again: () => void }) {
  const { t } = useTranslation('partner');
  const followed = api.useQuery(
    'get',
    '/api/v1/top-ups/{id}',
    { params: { path: { id: first.id } } },
    {
      initialData: first,
      refetchInterval: (query) =>
        (query.state.data as TopUp | undefined)?.state === 'waiting' ? 3_000 : false,
    },
  );
  const top = followed.data ?? first;
  const tone = { waiting: 'amber', credited: 'money', rejected: 'red', expired: 'gray' }[top.state];
  return (
    <Alert
      color={tone ?? 'gray'}
      icon={<Icon name={top.state === 'credited' ? 'check' : 'clock'} />}
      title={t(`top_up_${top.state}` as never)}
    >
      <Stack align="flex-start">
        <Money amount={top.amount} bold size={28} />
        {top.state === 'waiting' && top.url && (
          <>
            <Button component="a" href={top.url} target="_blank" rel="noopener" size="md">
              {t('go_pay')}
            </Button>
            {top.code && <Text className="serial">{top.code}</Text>}
            <Text size="sm" c="dimmed" component="div">
              {t('pay_until')} <Instant at={top.expires_at} />
            </Text>
          </>
        )}
        {top.state === 'waiting' && !top.url && <Text size="sm">{t('waiting_finance')}</Text>}
        <ButtonTo to={path.partnerWallet()} variant="default">
          {t('to_statement')}
        </ButtonTo>
        {top.state !== 'waiting' && (
          <Button variant="subtle" onClick={again}>
            {t('top_up_again')}
          </Button>
        )}
      </Stack>
    </Alert>
  );
}
