import { Button, FileButton, Stack, Text } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { myPlace } from '@/lib/geo';
import { shrink } from '@/lib/picture';
import { enqueue, enqueuePhoto } from '@/pwa/offline-queue';
import { sha256, type WaitingPhoto } from '@/pwa/photos';
import { Panel } from '@/ui/facts';
import { Icon } from '@/ui/icon';
import type { Job, JobNow } from '../job-steps';
import type { Act } from './job-steps';

/** Photos, and where the phone is. */
export function EvidenceStep({ job, now, act }: { job: Job; now: JobNow; act: Act }) {
  const { t } = useTranslation('fulfilment');
  const [seeking, setSeeking] = useState(false);
  const gps = async () => {
    setSeeking(true);
    try {
      const here = await myPlace();
      await act({
        kind: 'gps',
        lat: here.lat,
        lon: here.lon,
        accuracy_m: Math.round(here.accuracy_m),
      });
    } catch {
      notifications.show({ color: 'amber', message: t('gps_refused') });
    } finally {
      setSeeking(false);
    }
  };
  return (
    <Panel title={t('evidence')}>
      <Stack gap={8}>
        <PhotoButton job={job} what="installation" has={now.hasPhoto} />
        {now.isTyped && job.kind !== 'dismantle' && (
          <PhotoButton job={job} what="label" has={now.hasLabel} />
        )}
        <Button
          size="lg"
          variant={now.hasGps ? 'light' : 'default'}
          loading={seeking}
          leftSection={<Icon name={now.hasGps ? 'check' : 'pin'} />}
          onClick={() => void gps()}
        >
          {t('gps')}
        </Button>
        <Text size="xs" c="dimmed">
          {job.photos.length > 1 ? t('photos_count', { n: job.photos.length }) : t('evidence_hint')}
        </Text>
      </Stack>
    </Panel>
  );
}

function PhotoButton({ job, what, has }: { job: Job; what: WaitingPhoto['what']; has: boolean }) {
  const { t } = useTranslation('fulfilment');
  const take = async (file: File | null) => {
    if (!file) return;
    try {
      await keep(job, what, await shrink(file));
    } catch {
      notifications.show({ color: 'red', message: t('photo_unread') });
    }
  };
  return (
    <FileButton accept="image/*" capture="environment" onChange={(file) => void take(file)}>
      {(props) => (
        <Button
          {...props}
          size="lg"
          variant={has ? 'light' : 'default'}
          leftSection={<Icon name={has ? 'check' : 'camera'} />}
        >
          {t(`photo_${what}`)}
        </Button>
      )}
    </FileButton>
  );
}

/** The bytes wait by themselves; where the browser can't name them (no https), inside the step. */
async function keep(job: Job, what: WaitingPhoto['what'], bytes: Blob): Promise<void> {
  const basedOn = String(job.version);
  if (!globalThis.crypto.subtle) {
    const data = await base64(bytes);
    const body = { kind: 'photo', what, visit: job.visit, mime: bytes.type, data };
    return enqueue(job.id, body, basedOn);
  }
  const photo = {
    sha256: await sha256(bytes),
    bytes,
    what,
    subject: job.id,
    visit: job.visit,
    taken_at: new Date().toISOString(),
  };
  return enqueuePhoto(photo, basedOn);
}

function base64(bytes: Blob): Promise<string> {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(String(reader.result));
    reader.onerror = () => reject(reader.error ?? new Error('photo'));
    reader.readAsDataURL(bytes);
  });
}
