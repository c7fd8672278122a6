import { Button, Group, Stack, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { useCan } from '@/api/session';
import { path } from '@/lib/path';
import { formatPhone } from '@/lib/phone';
import { useId } from '@/lib/use-id';
import { useJobs } from '@/pwa/device-copy';
import { useQueue, useSteps } from '@/pwa/offline-queue';
import { CopyLine } from '@/ui/copy-line';
import { Facts, Panel } from '@/ui/facts';
import { Icon } from '@/ui/icon';
import { ButtonTo } from '@/ui/link';
import { StateBadge } from '@/ui/state-badge';
import { Empty, Failed, Loading, PageHead } from '@/ui/states';
import { jobNow } from '../job-steps';
import { JobSteps } from '../parts/job-steps';
import { QueueBadge } from '../parts/queue-badge';
import { RefusedStep } from '../parts/refused-step';

export function JobPage() {
  const { t } = useTranslation(['fulfilment', 'common']);
  const id = useId();
  const can = useCan();
  const { ops } = useQueue();
  const found = useJobs();
  const steps = useSteps(found.data);
  if (found.error && !found.data) {
    return <Failed error={found.error} again={() => void found.refetch()} />;
  }
  if (!found.data || !steps) return <Loading />;
  const job = found.data.value.items.find((one) => one.id === id);
  if (!job) return <Gone id={id} />;
  const now = jobNow(job, steps);
  const refused = ops.filter((op) => op.subject === job.id && op.refusal != null);
  const address = job.lat != null && job.lon != null ? `geo:${job.lat},${job.lon}` : null;
  return (
    <Stack>
      <PageHead
        title={job.customer_name}
        note={`${t(`kind_${job.kind}` as never)} · ${job.number}`}
        badge={
          <>
            <StateBadge kind="work_order" state={now.state} />
            <QueueBadge />
          </>
        }
      />
      <CopyLine copy={found.data} />
      {refused.map((op) => (
        <RefusedStep key={op.op_id} op={op} />
      ))}
      <Panel>
        <Stack gap="sm">
          <Text>{job.address}</Text>
          {job.note && (
            <Text size="sm" c="dimmed">
              {job.note}
            </Text>
          )}
          <Group grow gap={8}>
            {job.customer_phone && (
              <Button
                component="a"
                href={`tel:${job.customer_phone}`}
                variant="default"
                size="md"
                leftSection={<Icon name="phone" size={18} />}
                aria-label={`${t('call')} ${formatPhone(job.customer_phone)}`}
              >
                {t('call')}
              </Button>
            )}
            {address && (
              <Button
                component="a"
                href={address}
                variant="default"
                size="md"
                leftSection={<Icon name="route" size={18} />}
              >
                {t('navigate')}
              </Button>
            )}
          </Group>
        </Stack>
      </Panel>
      <JobSteps job={job} now={now} />
      {can('cash_collect').allowed && (
        <ButtonTo
          size="lg"
          variant="default"
          to={path.collect(job.customer_id)}
          leftSection={<Icon name="cash" />}
        >
          {t('common:collect_cash')}
        </ButtonTo>
      )}
      {job.username && (
        <Panel title={t('account')}>
          <Facts
            items={[
              [t('plan'), job.plan_name],
              [
                t('username'),
                <span key="u" className="serial">
                  {job.username}
                </span>,
              ],
              [
                t('password'),
                job.password && (
                  <span key="p" className="serial">
                    {job.password}
                  </span>
                ),
              ],
            ]}
          />
        </Panel>
      )}
      {(now.state === 'done' || now.state === 'failed') && (
        <ButtonTo size="lg" variant="light" to={path.jobs()}>
          {t('jobs_back')}
        </ButtonTo>
      )}
    </Stack>
  );
}

/** Not one of today's jobs any more: given to somebody else, called off, or of another day. */
function Gone({ id }: { id: string }) {
  const { t } = useTranslation('fulfilment');
  const { ops } = useQueue();
  const own = ops.filter((op) => op.subject === id && op.refusal != null);
  return (
    <Stack>
      <Empty
        icon="job"
        title={t('job_gone')}
        hint={t('job_gone_hint')}
        action={<ButtonTo to={path.jobs()}>{t('jobs_back')}</ButtonTo>}
      />
      {own.map((op) => (
        <RefusedStep key={op.op_id} op={op} />
      ))}
    </Stack>
  );
}
