import { Button, Group, Stack, Text, TextInput } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { formatDbm, parseDbm, signalVerdict } from '@/lib/dbm';
import { Panel } from '@/ui/facts';
import { Icon } from '@/ui/icon';
import { type Job, type JobNow, mayScan } from '../job-steps';
import type { Act } from './job-steps';
import { SignalLine } from './signal-line';

/** What the device receives, as the meter shows it. */
export function SignalStep({ job, now, act }: { job: Job; now: JobNow; act: Act }) {
  const { t } = useTranslation('fulfilment');
  const [text, setText] = useState('');
  if (!mayScan(job) || job.kind === 'dismantle') return null;
  const dbm = parseDbm(text);
  const verdict = dbm == null ? null : signalVerdict(dbm);
  return (
    <Panel
      title={
        <Group gap={8}>
          {now.dbm != null && <Icon name="check" size={18} />}
          {t('signal')}
        </Group>
      }
    >
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (dbm == null) return;
          void act({ kind: 'signal', dbm });
          setText('');
        }}
      >
        <Stack gap={8}>
          {now.dbm != null && <SignalLine dbm={now.dbm} />}
          <Group gap={8} align="flex-start" wrap="nowrap">
            <TextInput
              label={t('signal_read')}
              placeholder="-19,4"
              size="md"
              inputMode="decimal"
              autoComplete="off"
              style={{ flex: 1 }}
              value={text}
              error={text.trim() !== '' && dbm == null ? t('signal_unread') : undefined}
              onChange={(event) => setText(event.currentTarget.value)}
            />
            <Button type="submit" size="md" mt={26} variant="default" disabled={dbm == null}>
              {t('signal_keep')}
            </Button>
          </Group>
          {dbm != null && verdict !== 'good' && (
            <Text size="sm" c="amber" role="status">
              {t(`signal_${verdict as 'weak' | 'strong'}`, { dbm: formatDbm(dbm) })}
            </Text>
          )}
          {dbm != null && verdict === 'good' && (
            <Text size="sm" c="dimmed" role="status">
              {formatDbm(dbm)}
            </Text>
          )}
        </Stack>
      </form>
    </Panel>
  );
}
