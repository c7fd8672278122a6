import { Loader, Select, Stack, Text } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api } from '@/api/client';
import { path } from '@/lib/path';
import { FormDrawer } from '@/ui/form';
import { OpenWorkOrderForm } from '@/ui/open-work-order';
import { stateWord } from '@/ui/state-badge';
import { Failed } from '@/ui/states';

/** A new work order from the list: first whose, then what. */
export function NewOrder({ opened, close }: { opened: boolean; close: () => void }) {
  const { t } = useTranslation('fulfilment');
  return (
    <FormDrawer opened={opened} close={close} title={t('open_order')}>
      <Body close={close} />
    </FormDrawer>
  );
}

function Body({ close }: { close: () => void }) {
  const { t } = useTranslation('fulfilment');
  const navigate = useNavigate();
  const [text, setText] = useState('');
  const [customer, setCustomer] = useState<string | null>(null);
  const [q] = useDebouncedValue(text.trim(), 200);
  const found = api.useQuery(
    'get',
    '/api/v1/customers',
    { params: { query: { q, limit: 10 } } },
    { enabled: q.length >= 2, placeholderData: (before) => before },
  );
  const whole = api.useQuery(
    'get',
    '/api/v1/customers/{id}',
    { params: { path: { id: customer ?? '' } } },
    { enabled: customer !== null },
  );
  return (
    <Stack>
      <Select
        label={t('customer')}
        placeholder={t('customer_find')}
        searchable
        data-autofocus
        rightSection={found.isFetching ? <Loader size="xs" /> : undefined}
        searchValue={text}
        onSearchChange={setText}
        filter={({ options }) => options}
        nothingFoundMessage={q.length >= 2 ? t('customer_none') : undefined}
        data={(found.data?.items ?? []).map((one) => ({
          value: one.id,
          label: `${one.name} · ${one.number}`,
        }))}
        value={customer}
        onChange={setCustomer}
      />
      {whole.error && <Failed error={whole.error} />}
      {whole.data?.subscriptions.length === 0 && (
        <Text size="sm" c="dimmed">
          {t('customer_no_subscription')}
        </Text>
      )}
      {whole.data && whole.data.subscriptions.length > 0 && (
        <OpenWorkOrderForm
          key={whole.data.id}
          close={close}
          subscriptions={whole.data.subscriptions.map((one) => ({
            subscription_id: one.subscription_id,
            title: [one.number, one.plan_name, stateWord('subscription', one.state)].join(' · '),
          }))}
          onOpened={(order) => void navigate({ to: path.workOrder(order.id) })}
        />
      )}
    </Stack>
  );
}
