// Setoran: a collector's money goes into my open drawer, against a receipt.
import { Alert, Button, Group, Stack, Text, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, type Schemas } from '@/api/client';
import type { Verdict } from '@/lib/can';
import { groupDigits, parseMoney } from '@/lib/money';
import { file } from '@/lib/path';
import { keyed } from '@/lib/request-key';
import { Figure } from '@/ui/facts';
import { FormAction, FormBody, MoneyInput } from '@/ui/form';
import { Icon } from '@/ui/icon';
import { ButtonFile } from '@/ui/link';
import { Money } from '@/ui/money';

type Holder = Pick<Schemas['CashHolder'], 'user_id' | 'name' | 'amount'>;

/** Whether money can be taken in now: it goes into a drawer that is open. */
function useDrawerOpen(): Verdict {
  const { t } = useTranslation('cash');
  const found = api.useQuery('get', '/api/v1/cash');
  if (!found.data || found.data.drawer?.state === 'open') return { allowed: true };
  return { allowed: false, reason: t('hand_over_needs_drawer') };
}

/** The button, and the form beside the page. */
export function TakeHandover({ holder, large }: { holder: Holder; large?: boolean }) {
  const { t } = useTranslation('cash');
  const open = useDrawerOpen();
  return (
    <FormAction
      size={large ? undefined : 'compact-sm'}
      label={t('hand_over')}
      verdict={holder.amount > 0 ? open : { allowed: false, reason: t('held_nothing') }}
    >
      {(close) => <HandOver holder={holder} close={close} />}
    </FormAction>
  );
}

function HandOver({ holder, close }: { holder: Holder; close: () => void }) {
  const { t } = useTranslation('cash');
  const [done, setDone] = useState<Schemas['Handover'] | null>(null);
  // what they held when the form was opened: the figure does not jump while it is counted
  const [held] = useState(holder.amount);
  const take = api.useMutation('post', '/api/v1/cash/handovers', { meta: { quiet: true } });
  const form = useForm({
    initialValues: { amount: groupDigits(held), note: '' },
    validate: { amount: (text) => ((parseMoney(text) ?? 0) > 0 ? null : t('amount_unread')) },
  });
  if (done) return <Done done={done} close={close} />;
  const left = held - (parseMoney(form.values.amount) ?? 0);
  return (
    <FormBody
      form={form}
      submit={t('hand_over')}
      cancel={close}
      onSubmit={async ({ amount, note }, key) => {
        const answer = await take.mutateAsync({
          body: {
            collector_id: holder.user_id,
            amount: parseMoney(amount) ?? 0,
            note: note.trim() || null,
          },
          ...keyed(key),
        });
        setDone(answer);
      }}
    >
      <Figure label={`${t('held_by')} ${holder.name}`} value={<Money amount={held} />} />
      <MoneyInput label={t('amount_counted')} data-autofocus {...form.getInputProps('amount')} />
      {left > 0 && (
        <Text size="sm" component="div">
          {t('stays_with')} <Money amount={left} bold />
        </Text>
      )}
      <TextInput label={t('note')} {...form.getInputProps('note')} />
    </FormBody>
  );
}

function Done({ done, close }: { done: Schemas['Handover']; close: () => void }) {
  const { t } = useTranslation('cash');
  return (
    <Stack>
      <Alert color="money" icon={<Icon name="check" />} title={t('handed_over')}>
        <Stack gap={4}>
          <Money amount={done.amount} tone="in" bold size={24} />
          <Text size="sm">
            <span className="serial">{done.number}</span> · {done.collector}
          </Text>
          {done.left > 0 && (
            <Text size="sm" component="div">
              {t('stays_with')} <Money amount={done.left} />
            </Text>
          )}
        </Stack>
      </Alert>
      <Group justify="flex-end" gap={8}>
        <ButtonFile
          variant="default"
          href={file.handover(done.id)}
          leftSection={<Icon name="print" size={16} />}
        >
          {t('print_receipt')}
        </ButtonFile>
        <Button data-autofocus onClick={close}>
          {t('ready')}
        </Button>
      </Group>
    </Stack>
  );
}
