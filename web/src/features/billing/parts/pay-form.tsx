import { Group, Paper, SegmentedControl, Stack, Text, TextInput, Title } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useHotkeys } from '@mantine/hooks';
import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, type Schemas } from '@/api/client';
import { groupDigits, parseMoney } from '@/lib/money';
import { FormBody, MoneyInput } from '@/ui/form';
import { Day, Period } from '@/ui/day';
import { Money } from '@/ui/money';
import type { Payable } from '../pages/cashier';

type Props = {
  invoice: Payable;
  onBack: () => void;
  onPaid: (receipt: Schemas['Receipt']) => void;
};

/** Takes money for one invoice; what is too much becomes the customer's credit, and is said so first. */
export function PayForm({ invoice, onBack, onPaid }: Props) {
  const { t } = useTranslation(['billing', 'common']);
  // one key for one handing-over of money: a second press of Enter counts nothing twice
  const [key] = useState(() => crypto.randomUUID());
  const pay = api.useMutation('post', '/api/v1/payments', { meta: { quiet: true } });
  const form = useForm({
    initialValues: { amount: groupDigits(invoice.outstanding), channel: 'cash', reference: '' },
    validate: {
      amount: (value) => ((parseMoney(value) ?? 0) > 0 ? null : t('amount_unread')),
      reference: (value, values) =>
        values.channel === 'transfer' && !value.trim() ? t('reference_needed') : null,
    },
  });
  const field = useRef<HTMLInputElement>(null);
  // what is typed replaces the amount owed
  useEffect(() => field.current?.select(), []);
  useHotkeys([['Escape', onBack]], []);
  const amount = parseMoney(form.values.amount) ?? 0;

  const submit = async (values: typeof form.values) => {
    const receipt = await pay.mutateAsync({
      body: {
        customer_id: invoice.customer_id,
        invoice_id: invoice.id,
        channel: values.channel as 'cash' | 'transfer',
        amount: parseMoney(values.amount) ?? 0,
        reference: values.reference.trim() || null,
      },
      headers: { 'Idempotency-Key': key },
    });
    onPaid(receipt);
  };

  return (
    <Paper withBorder p="lg" style={{ background: 'var(--surface)', borderColor: 'var(--line)' }}>
      <Stack>
        <Group justify="space-between" align="flex-start">
          <div>
            <Title order={2} fz={18}>
              {invoice.customer_name}
            </Title>
            <Text size="sm" c="dimmed" component="div">
              {invoice.number} · <Period from={invoice.period_from} to={invoice.period_to} /> ·{' '}
              {t('due')} <Day day={invoice.due_on} />
            </Text>
          </div>
          <Money amount={invoice.outstanding} bold size={24} />
        </Group>
        <FormBody form={form} onSubmit={submit} submit={t('receive')} cancel={onBack} wide>
          <MoneyInput ref={field} label={t('amount')} size="lg" {...form.getInputProps('amount')} />
          {amount > invoice.outstanding && (
            <Text size="sm">
              {t('too_much')} <Money amount={amount - invoice.outstanding} tone="in" bold />
            </Text>
          )}
          {amount > 0 && amount < invoice.outstanding && (
            <Text size="sm">
              {t('too_little')} <Money amount={invoice.outstanding - amount} tone="owed" bold />
            </Text>
          )}
          <SegmentedControl
            aria-label={t('channel')}
            data={[
              { value: 'cash', label: t('channel_cash') },
              { value: 'transfer', label: t('channel_transfer') },
            ]}
            {...form.getInputProps('channel')}
          />
          {form.values.channel === 'transfer' && (
            <TextInput
              label={t('reference')}
              description={t('reference_hint')}
              {...form.getInputProps('reference')}
            />
          )}
        </FormBody>
      </Stack>
    </Paper>
  );
}
