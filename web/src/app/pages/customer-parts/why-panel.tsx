import { ActionIcon, Alert, Button, CopyButton, Group, Stack, Text, Tooltip } from '@mantine/core';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, type Schemas } from '@/api/client';
import { useCan } from '@/api/session';
import { path } from '@/lib/path';
import { Instant } from '@/ui/day';
import { Icon } from '@/ui/icon';
import { To } from '@/ui/link';
import { OpenTicket, type TicketFor } from '@/ui/open-ticket';
import { Failed, Loading } from '@/ui/states';
import { Timeline } from '@/ui/timeline';

/** What is reported of a cause; no internet of all the others. */
const CATEGORY: Record<string, NonNullable<TicketFor['category']>> = {
  online: 'slow',
  fup: 'slow',
  unpaid: 'billing',
  reversal: 'billing',
  promise_expired: 'billing',
  first_payment: 'billing',
  mac_differs: 'device',
};

/** Kenapa?: the cause, the sentence for the customer, the evidence, what would change it. */
export function WhyPanel({ subscription, whose }: { subscription: string; whose: TicketFor }) {
  const { t } = useTranslation(['chain', 'ticket']);
  const can = useCan();
  const navigate = useNavigate();
  const [reporting, report] = useState(false);
  const found = api.useQuery(
    'get',
    '/api/v1/why/{subscription}',
    { params: { path: { subscription } } },
    { staleTime: 0 },
  );
  if (found.error) return <Failed error={found.error} again={() => void found.refetch()} />;
  if (!found.data) return <Loading rows={4} />;
  const why = found.data;
  const ticketed = why.steps.some((step) => step.kind === 'ticket');
  return (
    <Stack>
      {why.since && (
        <Text size="sm" c="dimmed" component="div">
          {t('why_since')} <Instant at={why.since} />
        </Text>
      )}
      <Alert color="teal" icon={<Icon name="message" />} title={t('why_say')}>
        <Group justify="space-between" align="flex-start" wrap="nowrap">
          <Text size="sm">{why.say}</Text>
          <CopyButton value={why.say}>
            {({ copied, copy }) => (
              <Tooltip label={copied ? t('copied') : t('copy')}>
                <ActionIcon variant="subtle" aria-label={t('copy')} onClick={copy}>
                  <Icon name={copied ? 'check' : 'file'} size={16} />
                </ActionIcon>
              </Tooltip>
            )}
          </CopyButton>
        </Group>
      </Alert>
      {why.changes && (
        <Text size="sm">
          <b>{t('why_changes')}</b> {why.changes}
        </Text>
      )}
      {can('ticket_write').allowed && !ticketed && (
        <Group>
          <Button
            variant="default"
            leftSection={<Icon name="plus" size={16} />}
            onClick={() => report(true)}
          >
            {t('ticket:open')}
          </Button>
        </Group>
      )}
      <OpenTicket
        opened={reporting}
        close={() => report(false)}
        {...whose}
        category={CATEGORY[why.code] ?? 'no_internet'}
        text={`${t('why')} ${why.say}`}
        onOpened={(ticket) => void navigate({ to: path.ticket(ticket.id) })}
      />
      <Timeline
        items={why.steps.map((step, index) => ({
          key: `${index}-${step.kind}`,
          at: step.at ?? null,
          icon: step.ok ? 'check' : 'warning',
          color: step.ok ? 'teal' : 'red',
          title: <Step step={step} />,
          note: step.ref ?? undefined,
        }))}
      />
    </Stack>
  );
}

/** A step's sentence, as a link when its evidence is a record with a page. */
function Step({ step }: { step: Schemas['WhyStep'] }) {
  const to = recordOf(step);
  if (!to) return step.text;
  return (
    <To size="sm" to={to}>
      {step.text}
    </To>
  );
}

function recordOf({ evidence }: Schemas['WhyStep']): string | null {
  const id = (name: string) => {
    const value = (evidence as Record<string, unknown>)[name];
    return typeof value === 'string' ? value : null;
  };
  const invoice = id('invoice');
  const payment = id('payment');
  const order = id('work_order');
  const ticket = id('ticket');
  if (invoice) return path.invoice(invoice);
  if (payment) return path.payment(payment);
  if (ticket) return path.ticket(ticket);
  return order ? path.workOrder(order) : null;
}
