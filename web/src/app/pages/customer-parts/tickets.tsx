import { Group, Stack, Text } from '@mantine/core';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, type Schemas } from '@/api/client';
import { useCan } from '@/api/session';
import { path } from '@/lib/path';
import { ActionButton } from '@/ui/action';
import { Due } from '@/ui/due';
import { Panel } from '@/ui/facts';
import { Icon } from '@/ui/icon';
import { To } from '@/ui/link';
import { OpenTicket, type TicketFor } from '@/ui/open-ticket';
import { StateBadge, stateWord } from '@/ui/state-badge';
import { Failed, Loading } from '@/ui/states';
import { ownSubject } from '@/ui/ticket-subject';

/** Few are open at once; the rest are in the list. */
const SHOWN = 5;

/** The customer's tickets, newest first, and the way to a new one. */
export function CustomerTickets({ customer }: { customer: Schemas['CustomerView'] }) {
  const { t } = useTranslation('ticket');
  const can = useCan();
  const navigate = useNavigate();
  const [opening, open] = useState(false);
  const found = api.useQuery('get', '/api/v1/tickets', {
    params: { query: { customer: customer.id, limit: SHOWN } },
  });
  const rows = found.data?.items ?? [];
  return (
    <Panel
      title={t('of_customer')}
      tools={
        <ActionButton
          size="sm"
          variant="light"
          leftSection={<Icon name="plus" size={16} />}
          verdict={can('ticket_write')}
          onClick={() => open(true)}
        >
          {t('open')}
        </ActionButton>
      }
    >
      {found.error && <Failed error={found.error} again={() => void found.refetch()} />}
      {found.isPending && <Loading rows={2} />}
      {found.data && rows.length === 0 && (
        <Text size="sm" c="dimmed">
          {t('of_customer_empty')}
        </Text>
      )}
      <Stack gap={8}>
        {rows.map((row) => (
          <Group key={row.id} justify="space-between" gap={8}>
            <To size="sm" to={path.ticket(row.id)}>
              <span className="serial">{row.number}</span> ·{' '}
              {ownSubject(row) ?? t(`category_${row.category}` as never)}
            </To>
            <Group gap={8}>
              {row.state !== 'resolved' && row.state !== 'closed' && (
                <Due at={row.due_at} breachedAt={row.breached_at} />
              )}
              <StateBadge kind="ticket" state={row.state} />
            </Group>
          </Group>
        ))}
      </Stack>
      <OpenTicket
        opened={opening}
        close={() => open(false)}
        {...whose(customer)}
        onOpened={(ticket) => void navigate({ to: path.ticket(ticket.id) })}
      />
    </Panel>
  );
}

function whose(customer: Schemas['CustomerView']): TicketFor {
  return {
    customer_id: customer.id,
    subscriptions: customer.subscriptions.map((one) => ({
      subscription_id: one.subscription_id,
      title: [one.number, one.plan_name, stateWord('subscription', one.state)].join(' · '),
    })),
  };
}
