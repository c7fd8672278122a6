import { Badge, Card, Group, Stack, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { Schemas } from '@/api/client';
import { useToday } from '@/api/session';
import { path } from '@/lib/path';
import { useJobs } from '@/pwa/device-copy';
import { useQueue, useSteps } from '@/pwa/offline-queue';
import { CopyLine } from '@/ui/copy-line';
import { Day } from '@/ui/day';
import { Icon } from '@/ui/icon';
import { To } from '@/ui/link';
import { StateBadge } from '@/ui/state-badge';
import { Empty, Failed, Loading, PageHead } from '@/ui/states';
import { jobNow } from '../job-steps';
import { QueueBadge } from '../parts/queue-badge';

export function JobsPage() {
  const { t } = useTranslation('fulfilment');
  const today = useToday();
  const { ops } = useQueue();
  const found = useJobs();
  const steps = useSteps(found.data);
  const shown =
    steps && found.data?.value.items.map((job) => ({ ...job, state: jobNow(job, steps).state }));
  const jobs = shown ?? [];
  const failed = found.error && !found.data;
  const days = [...new Set(jobs.map((job) => job.scheduled_on ?? today))].sort();
  return (
    <>
      <PageHead title={t('jobs')} badge={<QueueBadge />} />
      <CopyLine copy={found.data} />
      {failed && <Failed error={found.error} again={() => void found.refetch()} />}
      {!shown && !failed && <Loading />}
      {shown?.length === 0 && (
        <Empty icon="check" title={t('jobs_empty')} hint={t('jobs_empty_hint')} />
      )}
      <Stack gap="lg">
        {days.map((day) => (
          <Stack key={day} gap={8}>
            <Text fw={600} c="dimmed" size="sm">
              {day === today ? t('today') : <Day day={day} />}
            </Text>
            {jobs
              .filter((job) => (job.scheduled_on ?? today) === day)
              .map((job) => (
                <JobCard
                  key={job.id}
                  job={job}
                  waiting={ops.filter((op) => op.subject === job.id).length}
                />
              ))}
          </Stack>
        ))}
      </Stack>
    </>
  );
}

type CardProps = { job: Schemas['WorkOrder']; waiting: number };

function JobCard({ job, waiting }: CardProps) {
  const { t } = useTranslation('fulfilment');
  return (
    <To to={path.job(job.id)} underline="never" c="inherit">
      <Card
        withBorder
        padding="md"
        style={{ background: 'var(--surface)', borderColor: 'var(--line)' }}
      >
        <Group justify="space-between" wrap="nowrap" align="flex-start">
          <Stack gap={2} style={{ minWidth: 0 }}>
            <Text fw={600} fz={16} truncate>
              {job.customer_name}
            </Text>
            <Text size="sm" c="dimmed" lineClamp={2}>
              {job.address}
            </Text>
            <Group gap={8} mt={4}>
              <Badge variant="default" tt="none" fw={400}>
                {t(`kind_${job.kind}` as never)}
              </Badge>
              <StateBadge kind="work_order" state={job.state} />
              {waiting > 0 && (
                <Badge color="amber" variant="light" tt="none">
                  {t('queued', { n: waiting })}
                </Badge>
              )}
            </Group>
          </Stack>
          <Icon name="right" />
        </Group>
      </Card>
    </To>
  );
}
