import { Alert, Grid, SegmentedControl, Select, Stack, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useParams } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { api } from '@/api/client';
import { useCan, useToday } from '@/api/session';
import { formatMoney, parseMoney } from '@/lib/money';
import { path } from '@/lib/path';
import { formatPhone } from '@/lib/phone';
import { keyed } from '@/lib/request-key';
import { Facts, Panel } from '@/ui/facts';
import { FormAction, FormBody, MoneyInput } from '@/ui/form';
import { Icon } from '@/ui/icon';
import { Money } from '@/ui/money';
import { Failed, Loading, PageHead } from '@/ui/states';
import { toBasisPoints } from '../basis-points';
import { CommissionList } from '../parts/commission-list';
import { percent, Rules } from '../parts/rules';
import { Statement } from '../parts/statement';

export function ResellerPage() {
  const { t } = useTranslation(['partner', 'common']);
  const { id } = useParams({ strict: false }) as { id: string };
  const can = useCan();
  const found = api.useQuery('get', '/api/v1/partners/{id}', { params: { path: { id } } });
  const home = api.useQuery('get', '/api/v1/partners/{id}/home', { params: { path: { id } } });
  if (found.isPending) return <Loading rows={6} />;
  if (found.error) return <Failed error={found.error} again={() => void found.refetch()} />;
  const reseller = found.data;
  const now = home.data;
  return (
    <Stack>
      <PageHead title={reseller.name} note={<span className="serial">{reseller.code}</span>}>
        <FormAction label={t('top_up_enter')} variant="default" verdict={can('wallet_top_up')}>
          {(close) => <EnterTopUp partner={id} close={close} />}
        </FormAction>
        <FormAction label={t('rule_add')} verdict={can('partner_write')}>
          {(close) => <AddRule partner={id} close={close} />}
        </FormAction>
      </PageHead>
      {now && now.debt > 0 && (
        <Alert color="amber" icon={<Icon name="warning" />}>
          {t('debt_note', { amount: formatMoney(now.debt) })}
        </Alert>
      )}
      <Grid gap="md">
        <Grid.Col span={{ base: 12, md: 5 }}>
          <Stack>
            <Panel>
              <Facts
                items={[
                  [t('balance'), now && <Money key="b" amount={now.balance} bold />],
                  [
                    t('commission_month'),
                    now && <Money key="m" amount={now.commission_month} tone="in" />,
                  ],
                  [t('sales_today'), now && <Money key="s" amount={now.sales} />],
                  [t('customers'), now?.customers],
                  [t('phone'), formatPhone(reseller.phone)],
                  [t('upline_percent'), reseller.upline_id && percent(reseller.upline_share_bp)],
                ]}
              />
            </Panel>
            <Panel title={t('rules')}>
              <Rules rules={reseller.rules} />
            </Panel>
          </Stack>
        </Grid.Col>
        <Grid.Col span={{ base: 12, md: 7 }}>
          <Stack>
            <Statement partner={id} />
            <CommissionList partner={id} customerPath={path.customer} />
          </Stack>
        </Grid.Col>
      </Grid>
    </Stack>
  );
}

type FormProps = { partner: string; close: () => void };

function AddRule({ partner, close }: FormProps) {
  const { t } = useTranslation(['partner', 'common']);
  const today = useToday();
  const plans = api.useQuery('get', '/api/v1/plans');
  const add = api.useMutation('post', '/api/v1/partners/{id}/rules', { meta: { quiet: true } });
  const form = useForm({
    initialValues: { plan_id: '', kind: 'percent', amount: '', occasion: 'recurring', from: today },
    validate: {
      amount: (value, all) => {
        const read = all.kind === 'percent' ? toBasisPoints(value) : parseMoney(value);
        return read === null
          ? t(all.kind === 'percent' ? 'percent_unread' : 'amount_unread')
          : null;
      },
    },
  });
  const isPercent = form.values.kind === 'percent';
  const submit = async (values: typeof form.values, key: string) => {
    const amount = isPercent ? toBasisPoints(values.amount) : parseMoney(values.amount);
    await add.mutateAsync({
      params: { path: { id: partner } },
      body: {
        plan_id: values.plan_id || null,
        kind: values.kind,
        amount: amount ?? 0,
        occasion: values.occasion,
        from: values.from,
      },
      ...keyed(key),
    });
    close();
  };
  return (
    <FormBody form={form} onSubmit={submit} submit={t('common:save')} cancel={close}>
      <Select
        label={t('plan')}
        placeholder={t('all_plans')}
        clearable
        data={(plans.data?.items ?? [])
          .filter((plan) => !plan.archived)
          .map((plan) => ({ value: plan.id, label: plan.name }))}
        {...form.getInputProps('plan_id')}
        value={form.values.plan_id || null}
        onChange={(value) => form.setFieldValue('plan_id', value ?? '')}
      />
      <SegmentedControl
        aria-label={t('rule_kind')}
        data={[
          { value: 'percent', label: t('kind_percent') },
          { value: 'flat', label: t('kind_flat') },
        ]}
        {...form.getInputProps('kind')}
      />
      {isPercent ? (
        <TextInput
          label={t('kind_percent')}
          required
          inputMode="decimal"
          rightSection="%"
          {...form.getInputProps('amount')}
        />
      ) : (
        <MoneyInput label={t('kind_flat')} required {...form.getInputProps('amount')} />
      )}
      <SegmentedControl
        aria-label={t('occasion')}
        data={[
          { value: 'recurring', label: t('occasion_recurring') },
          { value: 'first', label: t('occasion_first') },
        ]}
        {...form.getInputProps('occasion')}
      />
      <TextInput
        label={t('from')}
        description={t('from_hint')}
        type="date"
        required
        {...form.getInputProps('from')}
      />
    </FormBody>
  );
}

function EnterTopUp({ partner, close }: FormProps) {
  const { t } = useTranslation(['partner', 'common']);
  const ask = api.useMutation('post', '/api/v1/wallet/{partner}/top-up', {
    meta: { quiet: true },
  });
  const form = useForm({
    initialValues: { channel: 'transfer' as 'transfer' | 'cash', amount: '', reference: '' },
    validate: {
      amount: (value) => ((parseMoney(value) ?? 0) > 0 ? null : t('amount_unread')),
      reference: (value) => (value.trim() ? null : t('common:required')),
    },
  });
  const submit = async (values: typeof form.values, key: string) => {
    await ask.mutateAsync({
      params: { path: { partner } },
      body: {
        amount: parseMoney(values.amount) ?? 0,
        channel: values.channel,
        reference: values.reference.trim(),
      },
      ...keyed(key),
    });
    close();
  };
  return (
    <FormBody form={form} onSubmit={submit} submit={t('common:save')} cancel={close}>
      <SegmentedControl
        aria-label={t('way')}
        data={[
          { value: 'transfer', label: t('way_transfer') },
          { value: 'cash', label: t('way_cash') },
        ]}
        {...form.getInputProps('channel')}
      />
      <MoneyInput label={t('amount')} required data-autofocus {...form.getInputProps('amount')} />
      <TextInput
        label={t('reference')}
        description={t('reference_hint')}
        required
        {...form.getInputProps('reference')}
      />
    </FormBody>
  );
}
