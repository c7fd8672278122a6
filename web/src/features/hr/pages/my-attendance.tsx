import { Badge, Card, Group, Stack, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { useCan } from '@/api/session';
import { file } from '@/lib/path';
import { useOwnAttendance } from '@/pwa/device-copy';
import { useSteps } from '@/pwa/offline-queue';
import { CopyLine } from '@/ui/copy-line';
import { Instant } from '@/ui/day';
import { Empty, Failed, Loading, PageHead } from '@/ui/states';
import { CheckButton, NowLine } from '../parts/check-button';
import { PlaceBadge } from '../parts/place';
import { isLate, last, type Line, lines } from '../presence';

/** One's own coming and going: it can be read, never changed. */
export function MyAttendancePage() {
  const { t } = useTranslation('hr');
  const can = useCan();
  const found = useOwnAttendance();
  const ops = useSteps(found.data);
  if (found.error && !found.data) {
    return <Failed error={found.error} again={() => void found.refetch()} />;
  }
  if (!found.data || !ops) return <Loading />;
  const all = lines(found.data.value.items, ops);
  const now = last(all);
  return (
    <Stack>
      <PageHead title={t('my_attendance')} note={t('my_attendance_note')} />
      <CopyLine copy={found.data} />
      {can('attendance_check').allowed && (
        <Stack gap={8}>
          <NowLine now={now}>{now && <Instant at={now.at} />}</NowLine>
          <CheckButton now={now} />
        </Stack>
      )}
      {all.length === 0 && (
        <Empty icon="badge" title={t('mine_empty')} hint={t('mine_empty_hint')} />
      )}
      <Stack gap={8}>
        {all.map((line) => (
          <Row key={line.key} line={line} />
        ))}
      </Stack>
    </Stack>
  );
}

function Row({ line }: { line: Line }) {
  const { t } = useTranslation('hr');
  const { check } = line;
  return (
    <Card
      withBorder
      padding="sm"
      style={{ background: 'var(--surface)', borderColor: 'var(--line)' }}
    >
      <Group justify="space-between" wrap="nowrap" align="flex-start">
        <Stack gap={4}>
          <Group gap={8}>
            <Text fw={600}>{t(`kind_${line.kind}`)}</Text>
            {check && <PlaceBadge check={check} />}
            {!check && (
              <Badge color={line.refusal == null ? 'amber' : 'red'} variant="light" tt="none">
                {line.refusal ?? t('waits')}
              </Badge>
            )}
          </Group>
          {check && isLate(check) && (
            <Text size="sm" c="dimmed" component="div">
              {t('arrived')} <Instant at={check.recorded_at} />
            </Text>
          )}
          {check?.has_photo && (
            <img
              src={file.myAttendancePhoto(check.id)}
              alt={t('photo')}
              width={96}
              height={72}
              loading="lazy"
              style={{ objectFit: 'cover', borderRadius: 8 }}
            />
          )}
        </Stack>
        <Text size="sm" component="div">
          <Instant at={line.at} />
        </Text>
      </Group>
    </Card>
  );
}
