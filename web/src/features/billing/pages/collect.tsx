// Cash at a customer's door: what they owe, what they give, the receipt. It needs a signal: money counts for
// the customer at once, and nobody is told "received" before the server has it.
import { Alert, Button, Checkbox, Group, Stack, Text } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useNetwork } from '@mantine/hooks';
import { useRouter } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, type Schemas } from '@/api/client';
import { Problem } from '@/api/problem';
import { formatMoney, groupDigits, parseMoney } from '@/lib/money';
import { file, path } from '@/lib/path';
import { keyed } from '@/lib/request-key';
import { shareFile } from '@/lib/share';
import { useId } from '@/lib/use-id';
import { Day } from '@/ui/day';
import { Figure, Panel } from '@/ui/facts';
import { FormBody, MoneyInput } from '@/ui/form';
import { Icon } from '@/ui/icon';
import { ButtonFile, ButtonTo } from '@/ui/link';
import { Money } from '@/ui/money';
import { Empty, Failed, Loading, PageHead } from '@/ui/states';
import { allocate, handOver } from '../allocate';

type Taken = { receipt: Schemas['Receipt']; change: number };

export function CollectPage() {
  const { t } = useTranslation('cash');
  const id = useId();
  const found = api.useQuery(
    'get',
    '/api/v1/cash/due/{id}',
    { params: { path: { id } } },
    { staleTime: 0, refetchOnWindowFocus: false },
  );
  const [taken, setTaken] = useState<Taken | null>(null);
  if (found.error && !found.data) {
    return <Failed error={found.error} again={() => void found.refetch()} />;
  }
  if (found.fetchStatus === 'paused' && !found.data) {
    return <Empty icon="offline" title={t('offline')} hint={t('offline_hint')} />;
  }
  if (!found.data) return <Loading />;
  const due = found.data;
  return (
    <Stack maw={640} mx="auto">
      <PageHead title={t('collect')} note={`${due.customer_name} · ${due.customer_number}`} />
      {taken ? (
        <Received {...taken} due={due} />
      ) : (
        <CollectForm key={due.customer_id} due={due} onTaken={setTaken} />
      )}
    </Stack>
  );
}

type FormProps = { due: Schemas['CashDue']; onTaken: (taken: Taken) => void };

function CollectForm({ due, onTaken }: FormProps) {
  const { t } = useTranslation('cash');
  const { online } = useNetwork();
  const [lost, setLost] = useState(false);
  const take = api.useMutation('post', '/api/v1/cash/collections', { meta: { quiet: true } });
  const form = useForm({
    initialValues: { amount: due.owed > 0 ? groupDigits(due.owed) : '', leaves: false },
    validate: { amount: (text) => ((parseMoney(text) ?? 0) > 0 ? null : t('amount_unread')) },
  });
  const given = parseMoney(form.values.amount) ?? 0;
  const { leaves } = form.values;
  // nothing owed: whatever is given is meant as credit
  const { booked, change } = handOver(given, due.owed, true, leaves || due.owed === 0);
  const { parts, credit } = allocate(due.invoices, booked, null);
  return (
    <>
      <Panel title={t('owes')}>
        <Stack gap={8}>
          <Figure label={t('owes_all')} value={<Money amount={due.owed} tone="owed" size={28} />} />
          {due.invoices.length === 0 && (
            <Text size="sm" c="dimmed">
              {t('owes_nothing')}
            </Text>
          )}
          {due.invoices.map((one) => {
            const part = parts.find((other) => other.invoice_id === one.invoice_id);
            return (
              <Group key={one.invoice_id} justify="space-between" wrap="nowrap" gap={8}>
                <div style={{ minWidth: 0 }}>
                  <Text className="serial" size="sm" truncate>
                    {one.number}
                  </Text>
                  <Text size="sm" c="dimmed" component="div">
                    {t('due_on')} <Day day={one.due_on} />
                  </Text>
                </div>
                <Stack gap={0} align="flex-end">
                  <Money amount={one.to_pay} />
                  {part && (
                    <Text size="sm" c={part.left > 0 ? 'dimmed' : 'money'} component="div">
                      {part.left > 0
                        ? t('part_left', { amount: formatMoney(part.left) })
                        : t('part_whole')}
                    </Text>
                  )}
                </Stack>
              </Group>
            );
          })}
        </Stack>
      </Panel>
      <Panel>
        <FormBody
          form={form}
          full
          submit={booked > 0 ? t('collect_do', { amount: formatMoney(booked) }) : t('collect')}
          onSubmit={async (_, key) => {
            try {
              const receipt = await take.mutateAsync({
                body: { customer_id: due.customer_id, amount: booked },
                ...keyed(key),
              });
              onTaken({ receipt, change });
            } catch (error) {
              setLost(Problem.from(error).code === 'network');
              throw error;
            }
          }}
        >
          <MoneyInput
            size="lg"
            label={t('amount_given')}
            enterKeyHint="done"
            {...form.getInputProps('amount')}
          />
          {change > 0 && (
            <Text fz={20} aria-live="polite" component="div">
              {t('change')} <Money amount={change} bold />
            </Text>
          )}
          {due.owed > 0 && given > due.owed && (
            <Checkbox label={t('leaves')} {...form.getInputProps('leaves', { type: 'checkbox' })} />
          )}
          {credit > 0 && <Text size="sm">{t('credit_rest', { amount: formatMoney(credit) })}</Text>}
          {(!online || lost) && (
            <Alert color="amber" icon={<Icon name="offline" />} role="alert">
              {lost ? t('offline_lost') : t('offline_hint')}
            </Alert>
          )}
        </FormBody>
      </Panel>
    </>
  );
}

/** What was taken: the receipt for the customer, by their messenger or on paper. */
function Received({ receipt, change, due }: Taken & { due: Schemas['CashDue'] }) {
  const { t } = useTranslation('cash');
  const router = useRouter();
  const [sharing, setSharing] = useState(false);
  const share = async () => {
    setSharing(true);
    const text = t('share_text', {
      number: receipt.receipt_number ?? '',
      name: due.customer_name,
      amount: formatMoney(receipt.amount),
    });
    await shareFile(
      file.collected(receipt.payment_id, 'a5'),
      `${(receipt.receipt_number ?? 'kuitansi').replaceAll('/', '-')}.pdf`,
      text,
    );
    setSharing(false);
  };
  return (
    <>
      <Alert color="money" icon={<Icon name="check" />} title={t('taken_title')}>
        <Stack gap={8}>
          <Money amount={receipt.amount} tone="in" bold size={28} />
          <Text size="sm" className="serial">
            {receipt.receipt_number}
          </Text>
          {receipt.allocations.map((one) => (
            <Group key={one.invoice_id} justify="space-between" gap={8}>
              <Text size="sm" className="serial">
                {one.invoice_number}
              </Text>
              <Money amount={one.amount} />
            </Group>
          ))}
          {receipt.credit > 0 && (
            <Group justify="space-between" gap={8}>
              <Text size="sm">{t('credit')}</Text>
              <Money amount={receipt.credit} />
            </Group>
          )}
          {change > 0 && (
            <Text fz={20} component="div">
              {t('change')} <Money amount={change} bold />
            </Text>
          )}
          {receipt.reopened.length > 0 && <Text size="sm">{t('reopening')}</Text>}
        </Stack>
      </Alert>
      <Button
        size="lg"
        loading={sharing}
        leftSection={<Icon name="message" />}
        onClick={() => void share()}
      >
        {t('share')}
      </Button>
      <ButtonFile
        size="lg"
        variant="default"
        href={file.collected(receipt.payment_id, '58mm')}
        leftSection={<Icon name="print" />}
      >
        {t('print_58')}
      </ButtonFile>
      <Text size="sm" c="dimmed">
        {t('taken_hint')}
      </Text>
      <Group grow gap={8}>
        <ButtonTo size="md" variant="subtle" to={path.held()}>
          {t('mine_held')}
        </ButtonTo>
        <Button size="md" variant="subtle" onClick={() => router.history.back()}>
          {t('back')}
        </Button>
      </Group>
    </>
  );
}
