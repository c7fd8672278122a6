import { Menu, Select, Stack, Text, Textarea } from '@mantine/core';
import { DateInput } from '@mantine/dates';
import { useForm } from '@mantine/form';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, type Schemas } from '@/api/client';
import { useCan, useToday } from '@/api/session';
import type { Verdict } from '@/lib/can';
import { plusDays } from '@/lib/day';
import { formatMoney } from '@/lib/money';
import { ActionButton } from '@/ui/action';
import { FormBody, FormDrawer } from '@/ui/form';
import { Icon } from '@/ui/icon';

type Chain = Schemas['ChainView'];
type ActionKey = 'promise' | 'plan' | 'pause' | 'hold' | 'terminate';

/** What can be done with a subscription; what cannot is there with its reason. */
export function SubscriptionActions({ chain }: { chain: Chain }) {
  const { t } = useTranslation('chain');
  const can = useCan();
  const [doing, setDoing] = useState<ActionKey | null>(null);
  const close = () => setDoing(null);
  const verdicts: [ActionKey, Verdict][] = [
    ['promise', can('promise_write', chain, 'promise')],
    ['plan', can('subscription_write', chain, 'change_plan')],
    ['pause', can('subscription_write', chain, 'pause')],
    ['hold', holdVerdict(can, chain)],
    ['terminate', can('subscription_write', chain, 'terminate')],
  ];
  return (
    <>
      <Menu position="bottom-end" shadow="md" width={300}>
        <Menu.Target>
          <span>
            <ActionButton
              size="sm"
              variant="default"
              rightSection={<Icon name="down" size={14} />}
              onClick={() => undefined}
            >
              {t('actions')}
            </ActionButton>
          </span>
        </Menu.Target>
        <Menu.Dropdown>
          {verdicts.map(([key, verdict]) => (
            <Menu.Item
              key={key}
              color={key === 'terminate' ? 'red' : undefined}
              disabled={!verdict.allowed}
              onClick={() => setDoing(key)}
            >
              {t(`do_${key}`)}
              {!verdict.allowed && (
                <Text size="xs" c="dimmed">
                  {verdict.reason}
                </Text>
              )}
            </Menu.Item>
          ))}
        </Menu.Dropdown>
      </Menu>
      <FormDrawer opened={doing != null} close={close} title={doing ? t(`do_${doing}`) : ''}>
        {doing === 'promise' && <PromiseForm chain={chain} close={close} />}
        {doing === 'plan' && <PlanForm chain={chain} close={close} />}
        {doing === 'pause' && <PauseForm chain={chain} close={close} />}
        {doing === 'hold' && <HoldForm chain={chain} close={close} />}
        {doing === 'terminate' && <TerminateForm chain={chain} close={close} />}
      </FormDrawer>
    </>
  );
}

/** The abuse hold is NOC's, the manual one finance's and the owner's. */
function holdVerdict(can: ReturnType<typeof useCan>, chain: Chain): Verdict {
  const manual = can('hold_manual_write', chain, 'hold');
  return manual.allowed ? manual : can('hold_abuse_write', chain, 'hold');
}

type FormProps = { chain: Chain; close: () => void };

function PromiseForm({ chain, close }: FormProps) {
  const { t } = useTranslation(['chain', 'common']);
  const today = useToday();
  const send = api.useMutation('post', '/api/v1/promises', { meta: { quiet: true } });
  const form = useForm({ initialValues: { until: plusDays(today, 3) } });
  return (
    <FormBody
      form={form}
      submit={t('do_promise')}
      cancel={close}
      onSubmit={async ({ until }) => {
        await send.mutateAsync({ body: { subscription_id: chain.subscription_id, until } });
        close();
      }}
    >
      <Text size="sm">{t('promise_text')}</Text>
      <DateInput
        label={t('until')}
        minDate={today}
        valueFormat="D MMM YYYY"
        {...form.getInputProps('until')}
      />
    </FormBody>
  );
}

function PlanForm({ chain, close }: FormProps) {
  const { t } = useTranslation(['chain', 'common']);
  const today = useToday();
  const plans = api.useQuery('get', '/api/v1/plans');
  const send = api.useMutation('post', '/api/v1/subscriptions/{id}/plan-change', {
    meta: { quiet: true },
  });
  const form = useForm({
    initialValues: { plan_id: '', from_day: today },
    validate: { plan_id: (value) => (value ? null : t('common:required')) },
  });
  return (
    <FormBody
      form={form}
      submit={t('do_plan')}
      cancel={close}
      onSubmit={async (values) => {
        await send.mutateAsync({ params: { path: { id: chain.subscription_id } }, body: values });
        close();
      }}
    >
      <Text size="sm">{t(`plan_text_${chain.mode}` as never)}</Text>
      <Select
        label={t('plan_new')}
        required
        searchable
        data={(plans.data?.items ?? [])
          .filter((one) => !one.archived && one.name !== chain.plan_name)
          .map((one) => ({ value: one.id, label: `${one.name} · ${formatMoney(one.price)}` }))}
        {...form.getInputProps('plan_id')}
        onChange={(value) => form.setFieldValue('plan_id', value ?? '')}
      />
      <DateInput
        label={t('from')}
        minDate={today}
        valueFormat="D MMM YYYY"
        {...form.getInputProps('from_day')}
      />
    </FormBody>
  );
}

function PauseForm({ chain, close }: FormProps) {
  const { t } = useTranslation(['chain', 'common']);
  const today = useToday();
  const send = api.useMutation('post', '/api/v1/subscriptions/{id}/pause', {
    meta: { quiet: true },
  });
  const form = useForm({ initialValues: { from: plusDays(today, 1), to: plusDays(today, 30) } });
  return (
    <FormBody
      form={form}
      submit={t('do_pause')}
      cancel={close}
      onSubmit={async (values) => {
        await send.mutateAsync({ params: { path: { id: chain.subscription_id } }, body: values });
        close();
      }}
    >
      <Text size="sm">{t('pause_text')}</Text>
      <Stack>
        <DateInput
          label={t('from')}
          minDate={today}
          valueFormat="D MMM YYYY"
          {...form.getInputProps('from')}
        />
        <DateInput
          label={t('until')}
          minDate={today}
          valueFormat="D MMM YYYY"
          {...form.getInputProps('to')}
        />
      </Stack>
    </FormBody>
  );
}

function HoldForm({ chain, close }: FormProps) {
  const { t } = useTranslation(['chain', 'common']);
  const can = useCan();
  const manual = api.useMutation('post', '/api/v1/holds/manual', { meta: { quiet: true } });
  const abuse = api.useMutation('post', '/api/v1/holds/abuse', { meta: { quiet: true } });
  const kinds = [
    ...(can('hold_manual_write').allowed ? (['manual'] as const) : []),
    ...(can('hold_abuse_write').allowed ? (['abuse'] as const) : []),
  ];
  const form = useForm({
    initialValues: { kind: kinds[0] ?? 'manual', why: '' },
    validate: { why: (value) => (value.trim() ? null : t('common:required')) },
  });
  return (
    <FormBody
      form={form}
      submit={t('do_hold')}
      cancel={close}
      onSubmit={async ({ kind, why }) => {
        const send = kind === 'abuse' ? abuse : manual;
        await send.mutateAsync({
          body: { subscription_id: chain.subscription_id, why: why.trim() },
        });
        close();
      }}
    >
      <Text size="sm">{t('hold_text')}</Text>
      <Select
        label={t('hold_kind')}
        data={kinds.map((value) => ({ value, label: t(`hold_${value}`) }))}
        {...form.getInputProps('kind')}
      />
      <Textarea
        label={t('hold_why')}
        required
        autosize
        minRows={2}
        {...form.getInputProps('why')}
      />
    </FormBody>
  );
}

function TerminateForm({ chain, close }: FormProps) {
  const { t } = useTranslation(['chain', 'common']);
  const today = useToday();
  const send = api.useMutation('post', '/api/v1/subscriptions/{id}/terminate', {
    meta: { quiet: true },
  });
  const form = useForm({ initialValues: { last_day: today } });
  return (
    <FormBody
      form={form}
      submit={t('do_terminate')}
      cancel={close}
      onSubmit={async (values) => {
        await send.mutateAsync({ params: { path: { id: chain.subscription_id } }, body: values });
        close();
      }}
    >
      <Text size="sm">{t('terminate_text')}</Text>
      <DateInput
        label={t('last_day')}
        valueFormat="D MMM YYYY"
        {...form.getInputProps('last_day')}
      />
    </FormBody>
  );
}
