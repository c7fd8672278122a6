import { Button, FileButton, Stack, Text } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { myPlace } from '@/lib/geo';
import { shrink } from '@/lib/picture';
import type { WaitingPhoto } from '@/pwa/photos';
import { Panel } from '@/ui/facts';
import { Icon } from '@/ui/icon';
import type { Job, JobNow } from '../job-steps';
import type { Act } from './job-steps';
import { keepPhoto } from './keep-photo';
import { SignatureStep } from './signature-step';

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
        <SignatureStep job={job} now={now} />
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
      await keepPhoto(job, what, await shrink(file));
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
