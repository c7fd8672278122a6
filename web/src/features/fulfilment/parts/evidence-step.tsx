import { Button, FileButton, Group, Stack, Text } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { myPlace } from '@/lib/geo';
import { shrink } from '@/lib/picture';
import { Panel } from '@/ui/facts';
import { Icon } from '@/ui/icon';
import type { Job, JobNow } from '../job-steps';
import type { Act } from './job-steps';

/** A photo, and where the phone is. */
export function EvidenceStep({ job, now, act }: { job: Job; now: JobNow; act: Act }) {
  const { t } = useTranslation('fulfilment');
  const [seeking, setSeeking] = useState(false);
  const photo = async (file: File | null) => {
    if (!file) return;
    try {
      await act({
        kind: 'photo',
        what: 'installation',
        mime: 'image/jpeg',
        data: await shrink(file),
      });
    } catch {
      notifications.show({ color: 'red', message: t('photo_unread') });
    }
  };
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
      <Stack gap="sm">
        <Group grow gap={8}>
          <FileButton accept="image/*" capture="environment" onChange={(file) => void photo(file)}>
            {(props) => (
              <Button
                {...props}
                size="lg"
                variant={now.hasPhoto ? 'light' : 'default'}
                leftSection={<Icon name={now.hasPhoto ? 'check' : 'camera'} />}
              >
                {t('photo')}
              </Button>
            )}
          </FileButton>
          <Button
            size="lg"
            variant={now.hasGps ? 'light' : 'default'}
            loading={seeking}
            leftSection={<Icon name={now.hasGps ? 'check' : 'pin'} />}
            onClick={() => void gps()}
          >
            {t('gps')}
          </Button>
        </Group>
        <Text size="xs" c="dimmed">
          {job.photos.length > 1 ? t('photos_count', { n: job.photos.length }) : t('evidence_hint')}
        </Text>
      </Stack>
    </Panel>
  );
}
