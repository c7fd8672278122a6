import { Paper, Stack } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { path } from '@/lib/path';
import { useOwnAttendance } from '@/pwa/device-copy';
import { useSteps } from '@/pwa/offline-queue';
import { Instant } from '@/ui/day';
import { To } from '@/ui/link';
import { last, lines } from '../presence';
import { CheckButton, NowLine } from './check-button';

/** Above the day's jobs: came or not, and the one tap. */
export function AttendanceStrip() {
  const { t } = useTranslation('hr');
  const found = useOwnAttendance();
  const ops = useSteps(found.data);
  if (!found.data || !ops) return null;
  const now = last(lines(found.data.value.items, ops));
  return (
    <Paper withBorder p="sm" mb="md" component="section" aria-label={t('attendance')}>
      <Stack gap={8}>
        <NowLine now={now}>
          {now && <Instant at={now.at} />} · <To to={path.myAttendance()}>{t('history')}</To>
        </NowLine>
        <CheckButton now={now} size="md" />
      </Stack>
    </Paper>
  );
}
