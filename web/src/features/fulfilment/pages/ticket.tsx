import { Alert, Grid, Group, Stack, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { api, type Schemas } from '@/api/client';
import { useCan } from '@/api/session';
import { formatAge } from '@/lib/day';
import { path } from '@/lib/path';
import { formatPhone } from '@/lib/phone';
import { useId } from '@/lib/use-id';
import { useLang } from '@/locales';
import { Instant } from '@/ui/day';
import { Due } from '@/ui/due';
import { Facts, Figure, Panel } from '@/ui/facts';
import { Icon } from '@/ui/icon';
import { To } from '@/ui/link';
import { StateBadge } from '@/ui/state-badge';
import { Failed, Loading, PageHead } from '@/ui/states';
import { ownSubject } from '@/ui/ticket-subject';
import { TicketActions } from '../parts/ticket-actions';
import { Priority } from '../parts/ticket-priority';
import { TicketTalk } from '../parts/ticket-talk';

type Ticket = Schemas['Ticket'];

export function TicketPage() {
  const { t } = useTranslation('ticket');
  const id = useId();
  const found = api.useQuery(
    'get',
    '/api/v1/tickets/{id}',
    { params: { path: { id } } },
    { refetchInterval: 15_000 },
  );
  if (found.error && !found.data) {
    return <Failed error={found.error} again={() => void found.refetch()} />;
  }
  if (!found.data) return <Loading rows={8} />;
  const ticket = found.data;
  return (
    <>
      <PageHead
        title={ticket.number}
        badge={<StateBadge kind="ticket" state={ticket.state} />}
        note={[t(`category_${ticket.category}` as never), ownSubject(ticket)]
          .filter(Boolean)
          .join(' · ')}
      >
        <TicketActions ticket={ticket} />
      </PageHead>
      {ticket.suggest_resolve && ticket.work_order && (
        <Alert color="teal" icon={<Icon name="check" />} mb="md">
          {t('suggest', { number: ticket.work_order.number })}
        </Alert>
      )}
      <Grid gap="md">
        <Grid.Col span={{ base: 12, md: 7 }} order={{ base: 2, md: 1 }}>
          <TicketTalk ticket={ticket} />
        </Grid.Col>
        <Grid.Col span={{ base: 12, md: 5 }} order={{ base: 1, md: 2 }}>
          <Stack>
            <ClockPanel ticket={ticket} />
            <FactsPanel ticket={ticket} />
          </Stack>
        </Grid.Col>
      </Grid>
    </>
  );
}

function ClockPanel({ ticket }: { ticket: Ticket }) {
  const { t } = useTranslation('ticket');
  const lang = useLang();
  const clock = ticket.clock;
  if (!clock) return null;
  const hours = clock.target_secs / 3600;
  const live = ticket.state !== 'resolved' && ticket.state !== 'closed';
  return (
    <Panel title={t('clock')}>
      <Stack gap={8}>
        <Group gap={32} align="flex-start">
          <Figure label={t('clock_spent')} value={formatAge(clock.spent_secs, lang)} />
          <Figure
            label={t('clock_left')}
            value={
              <Text component="span" inherit c={clock.left_secs <= 0 ? 'red' : undefined}>
                {clock.left_secs <= 0
                  ? t('late_by', { age: formatAge(-clock.left_secs, lang) })
                  : formatAge(clock.left_secs, lang)}
              </Text>
            }
          />
          {live && (
            <Figure
              label={t('due')}
              value={<Due at={ticket.due_at} breachedAt={ticket.breached_at} />}
              note={ticket.due_at && <Instant at={ticket.due_at} />}
            />
          )}
        </Group>
        <Text size="sm" c="dimmed">
          {t('clock_target', { target: Number.isInteger(hours) ? hours : hours.toFixed(1) })}.{' '}
          {t('clock_hours', {
            days: daysOf(clock.weekdays, lang),
            from: clockTime(clock.from_minute),
            until: clockTime(clock.until_minute),
          })}
          .{!clock.running && ` ${t('clock_stands')}`}
        </Text>
        {ticket.breached_at && (
          <Text size="sm" c="red" component="div">
            {t('was_late')}: <Instant at={ticket.breached_at} />
          </Text>
        )}
      </Stack>
    </Panel>
  );
}

/** `480` → `08.00`. */
function clockTime(minute: number): string {
  const two = (n: number) => String(n).padStart(2, '0');
  return `${two(Math.floor(minute / 60))}.${two(minute % 60)}`;
}

const WEEK = {
  id: ['Sen', 'Sel', 'Rab', 'Kam', 'Jum', 'Sab', 'Min'],
  en: ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'],
} as const;

/** `[1,2,3,4,5,6]` → `Sen–Sab`; days with holes one by one. */
function daysOf(weekdays: number[], lang: 'id' | 'en'): string {
  const days = [...weekdays].sort((a, b) => a - b);
  const name = (day: number | undefined) => WEEK[lang][(day ?? 1) - 1] ?? '';
  const whole = days.every((day, index) => index === 0 || day === (days[index - 1] ?? 0) + 1);
  if (days.length > 2 && whole) return `${name(days[0])}–${name(days.at(-1))}`;
  return days.map(name).join(', ');
}

function FactsPanel({ ticket }: { ticket: Ticket }) {
  const { t } = useTranslation('ticket');
  const can = useCan();
  const sees = can('customer_read').allowed;
  return (
    <Panel title={t('facts')}>
      <Facts
        items={[
          [
            t('customer'),
            sees ? (
              <To key="c" size="sm" to={path.customer(ticket.customer_id)}>
                {ticket.customer_name}
              </To>
            ) : (
              ticket.customer_name
            ),
          ],
          [
            t('phone'),
            ticket.customer_phone && (
              <a key="p" href={`tel:${ticket.customer_phone}`}>
                {formatPhone(ticket.customer_phone)}
              </a>
            ),
          ],
          [t('address'), ticket.customer_address],
          [
            t('subscription'),
            ticket.subscription_number &&
              [ticket.subscription_number, ticket.plan_name].filter(Boolean).join(' · '),
          ],
          [t('priority'), <Priority key="pr" of={ticket.priority} />],
          ...(can('ticket_handle').allowed || can('audit_read').allowed
            ? [[t('assignee'), ticket.assignee?.name ?? t('nobody')] as const]
            : []),
          [
            t('work_order'),
            ticket.work_order && (
              <Group key="w" gap={8}>
                <To size="sm" to={path.workOrder(ticket.work_order.id)}>
                  {ticket.work_order.number}
                </To>
                <StateBadge kind="work_order" state={ticket.work_order.state} />
              </Group>
            ),
          ],
          [t('source'), t(`source_${ticket.source}` as never)],
          [t('created'), <Instant key="cr" at={ticket.created_at} />],
          ...(ticket.resolution ? [[t('resolution'), ticket.resolution] as const] : []),
          ...(ticket.reopened > 0 ? [['', t('reopened', { n: ticket.reopened })] as const] : []),
        ]}
      />
    </Panel>
  );
}
