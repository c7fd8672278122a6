import { Button, Stack, Text } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useTranslation } from 'react-i18next';
import { Problem } from '@/api/problem';
import { useCalm } from '@/lib/calm';
import { enqueue, type FieldBody } from '@/pwa/offline-queue';
import { Panel } from '@/ui/facts';
import { problemText } from '@/ui/states';
import type { Job, JobNow } from '../job-steps';
import { CloseStep } from './close-step';
import { DeviceStep } from './device-step';
import { OnlineLine } from './online-line';
import { EvidenceStep } from './evidence-step';
import { MaterialStep } from './material-step';
import { SignalStep } from './signal-step';

export type Act = (body: FieldBody) => Promise<void>;

const FIRST = { assigned: 'accept', accepted: 'on_the_way', on_the_way: 'on_site' } as const;

/** One primary action a screen: the step that comes next. */
export function JobSteps({ job, now }: { job: Job; now: JobNow }) {
  const { t } = useTranslation('fulfilment');
  const { busy, run } = useCalm();
  const act: Act = async (body) => {
    try {
      await enqueue(job.id, { ...body, visit: job.visit }, String(job.version));
    } catch (error) {
      notifications.show({ color: 'red', message: problemText(Problem.from(error)) });
    }
  };
  const next = FIRST[now.state as keyof typeof FIRST];
  if (next) {
    return (
      <Button size="xl" loading={busy} onClick={() => void run(() => act({ kind: next }))}>
        {t(`do_${next}`)}
      </Button>
    );
  }
  if (now.state !== 'on_site') return <OnlineLine order={job} />;
  return (
    <Stack>
      <DeviceStep job={job} now={now} act={act} />
      <OnlineLine order={job} />
      <SignalStep job={job} now={now} act={act} />
      <EvidenceStep job={job} now={now} act={act} />
      <MaterialStep job={job} act={act} />
      <Panel title={t('close')}>
        <Stack>
          <Text size="sm" c="dimmed">
            {t('close_hint')}
          </Text>
          <CloseStep job={job} now={now} act={act} />
        </Stack>
      </Panel>
    </Stack>
  );
}
