// The safe of every branch: what lies in it, and its way to the bank.
import { Group, Stack, Text, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useTranslation } from 'react-i18next';
import { api, type Schemas } from '@/api/client';
import { groupDigits, parseMoney } from '@/lib/money';
import { keyed } from '@/lib/request-key';
import { Figure, Panel } from '@/ui/facts';
import { FormAction, FormBody, MoneyInput } from '@/ui/form';
import { Money } from '@/ui/money';

type Safe = Schemas['SafeView'];
type Way = 'to_bank' | 'from_bank';

export function SafeCard() {
  const { t } = useTranslation('cash');
  const found = api.useQuery('get', '/api/v1/cash');
  if (!found.data || found.data.safes.length === 0) return null;
  return (
    <Panel title={t('safe')}>
      <Stack>
        {found.data.safes.map((safe) => (
          <Group key={safe.branch_id} justify="space-between" gap={8}>
            <Figure label={safe.branch} value={<Money amount={safe.amount} />} />
            <Group gap={8}>
              <FormAction
                size="compact-sm"
                variant="default"
                label={t('from_bank')}
                title={`${t('from_bank')} · ${safe.branch}`}
              >
                {(close) => <MoveForm safe={safe} what="from_bank" close={close} />}
              </FormAction>
              <FormAction
                size="compact-sm"
                label={t('to_bank')}
                title={`${t('to_bank')} · ${safe.branch}`}
                verdict={
                  safe.amount > 0 ? { allowed: true } : { allowed: false, reason: t('safe_empty') }
                }
              >
                {(close) => <MoveForm safe={safe} what="to_bank" close={close} />}
              </FormAction>
            </Group>
          </Group>
        ))}
      </Stack>
    </Panel>
  );
}

function MoveForm({ safe, what, close }: { safe: Safe; what: Way; close: () => void }) {
  const { t } = useTranslation('cash');
  const move = api.useMutation('post', '/api/v1/cash/safe', { meta: { quiet: true } });
  const form = useForm({
    initialValues: { amount: what === 'to_bank' ? groupDigits(safe.amount) : '', note: '' },
    validate: { amount: (text) => ((parseMoney(text) ?? 0) > 0 ? null : t('amount_unread')) },
  });
  const amount = parseMoney(form.values.amount) ?? 0;
  const after = what === 'to_bank' ? safe.amount - amount : safe.amount + amount;
  return (
    <FormBody
      form={form}
      submit={t(what)}
      cancel={close}
      onSubmit={async ({ amount: text, note }, key) => {
        await move.mutateAsync({
          body: {
            branch_id: safe.branch_id,
            what,
            amount: parseMoney(text) ?? 0,
            note: note.trim() || null,
          },
          ...keyed(key),
        });
        close();
      }}
    >
      <Figure label={t('safe_now')} value={<Money amount={safe.amount} />} />
      <MoneyInput label={t('amount')} data-autofocus {...form.getInputProps('amount')} />
      {amount > 0 && after >= 0 && (
        <Text size="sm" component="div">
          {t('safe_after')} <Money amount={after} bold />
        </Text>
      )}
      <TextInput label={t('slip')} description={t('slip_hint')} {...form.getInputProps('note')} />
    </FormBody>
  );
}
