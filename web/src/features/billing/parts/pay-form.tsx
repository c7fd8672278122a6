import {
  Checkbox,
  Group,
  Paper,
  SegmentedControl,
  Stack,
  Table,
  Text,
  TextInput,
  Title,
} from '@mantine/core';
import { useForm } from '@mantine/form';
import { useHotkeys } from '@mantine/hooks';
import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, type Schemas } from '@/api/client';
import { groupDigits, parseMoney } from '@/lib/money';
import { keyed } from '@/lib/request-key';
import { Day } from '@/ui/day';
import { FormBody, MoneyInput } from '@/ui/form';
import { Money } from '@/ui/money';
import { Failed, Loading } from '@/ui/states';
import { allocate, handOver } from '../allocate';
import type { Payer, Taken } from '../pages/cashier';

type Props = { payer: Payer; onBack: () => void; onTaken: (taken: Taken) => void };

/** Takes money: says what it will settle, what goes back and what stays as credit, before it is taken. */
export function PayForm(props: Props) {
  const { payer, onBack } = props;
  useHotkeys([['Escape', onBack]], []);
  const found = api.useQuery(
    'get',
    '/api/v1/customers/{id}/statement',
    { params: { path: { id: payer.customer_id }, query: { limit: 1 } } },
    { staleTime: 0, refetchOnWindowFocus: false },
  );
  if (found.error) return <Failed error={found.error} again={() => void found.refetch()} />;
  if (!found.data) return <Loading rows={4} />;
  return <Form {...props} statement={found.data} />;
}

function Form({ payer, onBack, onTaken, statement }: Props & { statement: Schemas['Statement'] }) {
  const { t } = useTranslation(['billing', 'common']);
  const pay = api.useMutation('post', '/api/v1/payments', { meta: { quiet: true } });
  const all = statement.open.reduce((sum, one) => sum + one.to_pay, 0);
  const named = statement.open.find((one) => one.invoice_id === payer.invoice_id);
  const [whole, setWhole] = useState(!named);
  const owed = whole || !named ? all : named.to_pay;
  const form = useForm({
    initialValues: {
      given: owed > 0 ? groupDigits(owed) : '',
      channel: 'cash',
      reference: '',
      leaves: false,
      pending: false,
    },
    validate: {
      given: (value) => ((parseMoney(value) ?? 0) > 0 ? null : t('amount_unread')),
      reference: (value, values) =>
        values.channel === 'transfer' && !value.trim() ? t('reference_needed') : null,
    },
  });
  const field = useRef<HTMLInputElement>(null);
  // what is typed replaces the amount owed
  useEffect(() => field.current?.select(), []);
  const choose = (every: boolean) => {
    setWhole(every);
    form.setFieldValue('given', groupDigits(every || !named ? all : named.to_pay));
    field.current?.focus();
  };
  const several = Boolean(named) && statement.open.length > 1;
  useHotkeys(several ? [['alt+A', () => choose(!whole)]] : [], []);

  const { channel, leaves } = form.values;
  const cash = channel === 'cash';
  const given = parseMoney(form.values.given) ?? 0;
  // nothing owed: whatever is handed over is meant as credit
  const { booked, change } = handOver(given, owed, cash, leaves || owed === 0);
  const invoice = whole ? null : payer.invoice_id;

  const submit = async (values: typeof form.values, key: string) => {
    const receipt = await pay.mutateAsync({
      body: {
        customer_id: payer.customer_id,
        invoice_id: invoice,
        channel: cash ? 'cash' : 'transfer',
        amount: booked,
        reference: values.reference.trim() || null,
        pending: !cash && values.pending,
      },
      ...keyed(key),
    });
    onTaken({ receipt, change });
  };

  return (
    <Paper withBorder p="lg" style={{ background: 'var(--surface)', borderColor: 'var(--line)' }}>
      <Stack>
        <Group justify="space-between" align="flex-start">
          <div>
            <Title order={2} fz={18}>
              {payer.customer_name}
            </Title>
            <Text size="sm" c="dimmed" component="div">
              {payer.customer_number}
              {!whole && named && (
                <>
                  {' · '}
                  {named.number} · {t('due')} <Day day={named.due_on} />
                </>
              )}
            </Text>
          </div>
          <Stack gap={0} align="flex-end">
            <Money amount={owed} bold size={24} />
            {!whole && all > owed && (
              <Text size="xs" c="dimmed" component="div">
                {t('owed_all')} <Money amount={all} />
              </Text>
            )}
          </Stack>
        </Group>
        {several && (
          <SegmentedControl
            aria-label={t('pays_for')}
            value={whole ? 'all' : 'one'}
            onChange={(value) => choose(value === 'all')}
            data={[
              { value: 'one', label: t('pays_one') },
              { value: 'all', label: t('pays_all', { n: statement.open.length }) },
            ]}
          />
        )}
        <FormBody form={form} onSubmit={submit} submit={t('receive')} cancel={onBack} wide>
          <MoneyInput
            ref={field}
            label={cash ? t('given') : t('amount')}
            size="lg"
            {...form.getInputProps('given')}
          />
          {change > 0 && (
            <Text fz={20} aria-live="polite" component="div">
              {t('change')} <Money amount={change} bold />
            </Text>
          )}
          {cash && owed > 0 && given > owed && (
            <Checkbox label={t('leaves')} {...form.getInputProps('leaves', { type: 'checkbox' })} />
          )}
          <Settles open={statement.open} booked={booked} named={invoice} />
          <SegmentedControl
            aria-label={t('channel')}
            data={[
              { value: 'cash', label: t('channel_cash') },
              { value: 'transfer', label: t('channel_transfer') },
            ]}
            {...form.getInputProps('channel')}
          />
          {!cash && (
            <>
              <TextInput
                label={t('reference')}
                description={t('reference_hint')}
                {...form.getInputProps('reference')}
              />
              <Checkbox
                label={t('pending')}
                description={t('pending_hint')}
                {...form.getInputProps('pending', { type: 'checkbox' })}
              />
            </>
          )}
        </FormBody>
      </Stack>
    </Paper>
  );
}

/** What the money will settle, line by line. */
function Settles({
  open,
  booked,
  named,
}: {
  open: Schemas['OpenInvoice'][];
  booked: number;
  named: string | null;
}) {
  const { t } = useTranslation('billing');
  const { parts, credit } = allocate(open, booked, named);
  if (booked <= 0) return null;
  return (
    <Table aria-label={t('settles')} horizontalSpacing={4}>
      <Table.Tbody>
        {parts.map((part) => (
          <Table.Tr key={part.invoice_id}>
            <Table.Td className="serial">{part.number}</Table.Td>
            <Table.Td>
              {part.left > 0 ? (
                <Text size="sm" component="span">
                  {t('too_little')} <Money amount={part.left} tone="owed" />
                </Text>
              ) : (
                t('settles_whole')
              )}
            </Table.Td>
            <Table.Td className="num">
              <Money amount={part.amount} tone="in" />
            </Table.Td>
          </Table.Tr>
        ))}
        {credit > 0 && (
          <Table.Tr>
            <Table.Td colSpan={2}>{t('too_much')}</Table.Td>
            <Table.Td className="num">
              <Money amount={credit} tone="in" />
            </Table.Td>
          </Table.Tr>
        )}
      </Table.Tbody>
    </Table>
  );
}
