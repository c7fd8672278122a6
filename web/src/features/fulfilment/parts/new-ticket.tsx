import { Stack } from '@mantine/core';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api } from '@/api/client';
import { path } from '@/lib/path';
import { CustomerPicker } from '@/ui/customer-picker';
import { FormDrawer } from '@/ui/form';
import { OpenTicketForm } from '@/ui/open-ticket';
import { stateWord } from '@/ui/state-badge';
import { Failed, Loading } from '@/ui/states';

/** A new ticket from the list: first whose, then what. */
export function NewTicket({ opened, close }: { opened: boolean; close: () => void }) {
  const { t } = useTranslation('ticket');
  return (
    <FormDrawer opened={opened} close={close} title={t('open')}>
      <Body close={close} />
    </FormDrawer>
  );
}

function Body({ close }: { close: () => void }) {
  const { t } = useTranslation('ticket');
  const navigate = useNavigate();
  const [customer, setCustomer] = useState('');
  const whole = api.useQuery(
    'get',
    '/api/v1/customers/{id}',
    { params: { path: { id: customer } } },
    { enabled: customer !== '' },
  );
  return (
    <Stack>
      <CustomerPicker
        label={t('open_whose')}
        placeholder={t('open_find')}
        nothingFoundMessage={t('open_none')}
        data-autofocus
        value={customer}
        onChange={setCustomer}
      />
      {whole.error && <Failed error={whole.error} />}
      {customer !== '' && whole.isPending && <Loading rows={3} />}
      {whole.data && (
        <OpenTicketForm
          key={whole.data.id}
          close={close}
          customer_id={whole.data.id}
          subscriptions={whole.data.subscriptions.map((one) => ({
            subscription_id: one.subscription_id,
            title: [one.number, one.plan_name, stateWord('subscription', one.state)].join(' · '),
          }))}
          onOpened={(ticket) => void navigate({ to: path.ticket(ticket.id) })}
        />
      )}
    </Stack>
  );
}
