import { Alert, Button, Group, Stack, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { useMe } from '@/api/session';
import { path } from '@/lib/path';
import { useJobs } from '@/pwa/device-copy';
import { dropPhoto, dropSubject, flush, type QueuedOp, useQueue } from '@/pwa/offline-queue';
import type { WaitingPhoto } from '@/pwa/photos';
import { ConfirmAction } from '@/ui/action';
import { Instant } from '@/ui/day';
import { Panel } from '@/ui/facts';
import { Icon } from '@/ui/icon';
import { To } from '@/ui/link';
import { Empty, Loading, PageHead, problemText } from '@/ui/states';
import { RefusedStep } from '../parts/refused-step';

/** What waits on this phone, and what the server refused and why. */
export function QueuePage() {
  const { t } = useTranslation('fulfilment');
  const me = useMe();
  const { known, ops, photos, sending, trouble } = useQueue();
  const jobs = useJobs();
  const subjects = [...new Set([...ops, ...photos].map((one) => one.subject))];
  return (
    <>
      <PageHead title={t('queue')} note={t('queue_note')}>
        {subjects.length > 0 && (
          <Button
            size="md"
            variant="default"
            loading={sending}
            leftSection={<Icon name="run" size={18} />}
            onClick={() => void flush()}
          >
            {t('queue_send')}
          </Button>
        )}
      </PageHead>
      {trouble && (
        <Alert color="red" icon={<Icon name="warning" />} mb="md">
          {problemText(trouble)}
        </Alert>
      )}
      {!known && <Loading />}
      {known && subjects.length === 0 && (
        <Empty icon="check" title={t('queue_empty')} hint={t('queue_empty_hint')} />
      )}
      <Stack>
        {subjects.map((subject) => {
          const job = jobs.data?.value.items.find((one) => one.id === subject);
          return (
            <Panel
              key={subject}
              title={
                job ? (
                  <To to={path.job(job.id)}>{`${job.customer_name} · ${job.number}`}</To>
                ) : subject === me.id ? (
                  <To to={path.myAttendance()}>{t('queue_attendance')}</To>
                ) : (
                  t('queue_other_job')
                )
              }
            >
              <Stack gap={8}>
                {ops
                  .filter((op) => op.subject === subject)
                  .map((op) =>
                    op.refusal == null ? (
                      <Waiting key={op.op_id} op={op} />
                    ) : (
                      <RefusedStep key={op.op_id} op={op} />
                    ),
                  )}
                {photos
                  .filter((photo) => photo.subject === subject)
                  .map((photo) => (
                    <Photo key={photo.id} photo={photo} />
                  ))}
                {jobs.data && !job && subject !== me.id && (
                  <ConfirmAction
                    variant="default"
                    color="red"
                    size="sm"
                    title={t('queue_drop_title')}
                    text={t('queue_drop_text')}
                    confirm={t('queue_drop')}
                    onConfirm={() => dropSubject(subject)}
                  >
                    {t('queue_drop')}
                  </ConfirmAction>
                )}
              </Stack>
            </Panel>
          );
        })}
      </Stack>
    </>
  );
}

function Waiting({ op }: { op: QueuedOp }) {
  const { t } = useTranslation('fulfilment');
  return (
    <Group justify="space-between" gap={8}>
      <Group gap={8}>
        <Icon name="clock" size={16} />
        <Text size="sm">{t(`op_${String(op.body.kind)}` as never)}</Text>
      </Group>
      <Text size="sm" c="dimmed" component="div">
        <Instant at={op.occurred_at} />
      </Text>
    </Group>
  );
}

function Photo({ photo }: { photo: WaitingPhoto }) {
  const { t } = useTranslation('fulfilment');
  const size = `${Math.ceil(photo.bytes.size / 1000)} kB`;
  if (photo.refusal == null) {
    return (
      <Group gap={8}>
        <Icon name="camera" size={16} />
        <Text size="sm">{t('photo_waits', { size })}</Text>
      </Group>
    );
  }
  return (
    <Alert color="red" icon={<Icon name="camera" />} title={t('photo_refused')}>
      <Stack gap={8} align="flex-start">
        {photo.refusal}
        <Button size="sm" variant="default" onClick={() => void dropPhoto(photo)}>
          {t('photo_drop')}
        </Button>
      </Stack>
    </Alert>
  );
}
