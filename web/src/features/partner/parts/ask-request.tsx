import { SegmentedControl, Select, Text, Textarea, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useTranslation } from 'react-i18next';
import { api } from '@/api/client';
import { formatMoney } from '@/lib/money';
import { keyed } from '@/lib/request-key';
import { FormAction, FormBody } from '@/ui/form';

type Props = { subscription: string; plan: string | null | undefined };

/** A change of plan or a stop is a request: the office answers it. */
export function AskRequest({ subscription, plan }: Props) {
  const { t } = useTranslation('partner');
  return (
    <FormAction label={t('request')} variant="default" size="sm">
      {(close) => <AskForm subscription={subscription} plan={plan} close={close} />}
    </FormAction>
  );
}

function AskForm({ subscription, plan, close }: Props & { close: () => void }) {
  const { t } = useTranslation(['partner', 'common']);
  const plans = api.useQuery('get', '/api/v1/plans');
  const ask = api.useMutation('post', '/api/v1/requests', { meta: { quiet: true } });
  const form = useForm({
    initialValues: { kind: 'plan_change', plan_id: '', wished_on: '', note: '' },
    validate: {
      plan_id: (value, all) => (all.kind === 'plan_change' && !value ? t('common:required') : null),
    },
  });
  const isChange = form.values.kind === 'plan_change';
  const submit = async (values: typeof form.values, key: string) => {
    await ask.mutateAsync({
      body: {
        subscription_id: subscription,
        kind: values.kind,
        plan_id: isChange ? values.plan_id : null,
        wished_on: values.wished_on || null,
        note: values.note.trim(),
      },
      ...keyed(key),
    });
    close();
  };
  return (
    <FormBody form={form} onSubmit={submit} submit={t('request_send')} cancel={close}>
      <SegmentedControl
        aria-label={t('request')}
        data={[
          { value: 'plan_change', label: t('request_plan_change') },
          { value: 'stop', label: t('request_stop') },
        ]}
        {...form.getInputProps('kind')}
      />
      {isChange && (
        <Select
          label={t('plan')}
          required
          data={(plans.data?.items ?? [])
            .filter((one) => !one.archived && one.name !== plan)
            .map((one) => ({ value: one.id, label: `${one.name} · ${formatMoney(one.price)}` }))}
          {...form.getInputProps('plan_id')}
          value={form.values.plan_id || null}
          onChange={(value) => form.setFieldValue('plan_id', value ?? '')}
        />
      )}
      <TextInput label={t('wished_on')} type="date" {...form.getInputProps('wished_on')} />
      <Textarea label={t('note')} autosize {...form.getInputProps('note')} />
      <Text size="sm" c="dimmed">
        {t('request_hint')}
      </Text>
    </FormBody>
  );
}

/** What was asked for these lines, and what the office answered. */
export function Requests({ subscriptions }: { subscriptions: string[] }) {
  const { t } = useTranslation('partner');
  const list = api.useQuery('get', '/api/v1/requests');
  const own = (list.data?.items ?? []).filter((one) => subscriptions.includes(one.subscription_id));
  if (own.length === 0) return null;
  return (
    <>
      {own.map((one) => (
        <Text size="sm" key={one.id} component="div">
          <b>{t(`request_${one.kind}` as never)}</b>
          {one.wished_plan && ` → ${one.wished_plan}`} · {t(`request_state_${one.state}` as never)}
          {one.answer && <div className="quiet">{one.answer}</div>}
        </Text>
      ))}
    </>
  );
}
