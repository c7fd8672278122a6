import { Alert, Button, Group, Stack, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { api } from '@/api/client';
import { path } from '@/lib/path';
import { formatPhone } from '@/lib/phone';
import { useId } from '@/lib/use-id';
import { dismiss, enqueue, useQueue } from '@/pwa/offline-queue';
import { Facts, Panel } from '@/ui/facts';
import { Icon } from '@/ui/icon';
import { ButtonTo } from '@/ui/link';
import { StateBadge } from '@/ui/state-badge';
import { Failed, Loading, PageHead } from '@/ui/states';
import { jobNow } from '../job-steps';
import { JobSteps } from '../parts/job-steps';
import { QueueBadge } from '../parts/queue-badge';

export function JobPage() {
  const { t } = useTranslation('fulfilment');
  const id = useId();
  const { ops } = useQueue();
  const found = api.useQuery(
    'get',
    '/api/v1/work-orders/{id}',
    { params: { path: { id } } },
    { refetchInterval: 15_000 },
  );
  if (found.error && !found.data) {
    return <Failed error={found.error} again={() => void found.refetch()} />;
  }
  if (!found.data) return <Loading />;
  const job = found.data;
  const now = jobNow(job, ops);
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
      {refused.map((op) => (
        <Alert
          key={op.op_id}
          color="red"
          icon={<Icon name="warning" />}
          title={t('step_refused')}
          withCloseButton
          onClose={() => void dismiss(op.op_id)}
        >
          <Stack gap={8} align="flex-start">
            {op.refusal}
            <Button
              size="xs"
              variant="default"
              onClick={() =>
                void enqueue(job.id, { kind: 'skip' }, null).then(() => dismiss(op.op_id))
              }
            >
              {t('step_skip')}
            </Button>
          </Stack>
        </Alert>
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
            <Button
              component="a"
              href={`tel:${job.customer_phone}`}
              variant="default"
              size="md"
              leftSection={<Icon name="phone" size={18} />}
              aria-label={`${t('call')} ${formatPhone(job.customer_phone ?? '')}`}
            >
              {t('call')}
            </Button>
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
