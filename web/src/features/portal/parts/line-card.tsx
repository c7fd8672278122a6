import { Badge, Group, Paper, Progress, Stack, Text, Title } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { formatQuota, formatRate } from '@/lib/bytes';
import { Day, Instant } from '@/ui/day';
import { Money } from '@/ui/money';
import classes from '../portal.module.css';
import type { PortalLine } from '../session';

const COLOR: Record<string, string> = {
  online: 'money',
  limited: 'red',
  offline: 'amber',
  coming: 'amber',
  ended: 'gray',
};
type Condition = 'online' | 'limited' | 'offline' | 'coming' | 'ended';

/** One connection: is it working, and why not. */
export function LineCard({ line }: { line: PortalLine }) {
  const { t } = useTranslation('portal');
  const quota = line.quota;
  return (
    <Paper withBorder radius="lg" p="lg">
      <Stack gap="sm">
        <Group justify="space-between" wrap="nowrap" align="flex-start">
          <div>
            <Title order={2} fz="lg">
              {line.plan}
              {line.label ? ` · ${line.label}` : ''}
            </Title>
            <Text size="sm" c="dimmed">
              {formatRate(line.down_kbps)} · <Money amount={line.price} /> {t('per_month')}
            </Text>
          </div>
          <Badge
            size="lg"
            variant="light"
            style={{ flex: 'none' }}
            color={COLOR[line.condition] ?? 'gray'}
          >
            {t(line.condition as Condition)}
          </Badge>
        </Group>
        <Text>{line.say}</Text>
        {line.remedy && <Text c="dimmed">{line.remedy}</Text>}
        {quota && (
          <div>
            <Progress
              value={quota.limit_bytes > 0 ? (100 * quota.left_bytes) / quota.limit_bytes : 0}
              aria-label={t('quota', { left: '', limit: '' })}
            />
            <Text size="sm" mt={4}>
              {t('quota', {
                left: formatQuota(quota.left_bytes, quota.limit_bytes),
                limit: formatQuota(quota.limit_bytes),
              })}
            </Text>
          </div>
        )}
        {line.billed_to && (
          <Text size="sm" c="dimmed">
            {t('paid_until')} <Day day={line.billed_to} />
          </Text>
        )}
        {line.visits.map((visit) => (
          <VisitSteps key={visit.number} visit={visit} />
        ))}
      </Stack>
    </Paper>
  );
}

type Visit = PortalLine['visits'][number];
type Kind = 'install' | 'repair' | 'swap' | 'move' | 'dismantle';

function VisitSteps({ visit }: { visit: Visit }) {
  const { t } = useTranslation('portal');
  const steps = [
    ['step_ordered', true, <Instant key="1" at={visit.created_at} />],
    ['step_scheduled', visit.scheduled_on != null, <Day key="2" day={visit.scheduled_on} />],
    ['step_on_the_way', visit.on_the_way_at != null, <Instant key="3" at={visit.on_the_way_at} />],
    ['step_on_site', visit.on_site_at != null, <Instant key="4" at={visit.on_site_at} />],
    ['step_done', visit.done_at != null, <Instant key="5" at={visit.done_at} />],
  ] as const;
  return (
    <Stack gap="xs">
      <Text fw={600}>
        {t(`visit_${visit.kind as Kind}`)} · {visit.number}
      </Text>
      <ol className={classes.steps}>
        {steps.map(([name, done, when]) => (
          <li key={name} className={classes.step} data-done={done || undefined}>
            <span>{t(name)}</span>
            <span>{done && when}</span>
          </li>
        ))}
      </ol>
      {visit.state === 'failed' && <Text c="amber">{t('visit_failed')}</Text>}
      {visit.technician && (
        <Text size="sm" c="dimmed">
          {t('technician', { name: visit.technician })}
        </Text>
      )}
    </Stack>
  );
}
