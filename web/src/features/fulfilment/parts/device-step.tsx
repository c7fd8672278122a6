import { Button, Group, Stack, Text, TextInput } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { readScan } from '@/lib/scan';
import { Panel } from '@/ui/facts';
import { Icon } from '@/ui/icon';
import { Scanner } from '@/ui/scanner';
import { type Job, type JobNow, needsDevice } from '../job-steps';
import type { Act } from './job-steps';

/** Scans the modem; a typed serial asks for the reason. */
export function DeviceStep({ job, now, act }: { job: Job; now: JobNow; act: Act }) {
  const { t } = useTranslation('fulfilment');
  const [typed, setTyped] = useState<string | null>(null);
  const [reason, setReason] = useState('');
  const [again, setAgain] = useState(false);
  if (!needsDevice(job) && job.kind !== 'dismantle') return null;
  const onCode = (text: string, isTyped: boolean) => {
    const code = readScan(text);
    if (!code) return;
    // a wedge scanner types our own label whole; a hand does not
    const scanned = !isTyped || /^SMB:SN:/i.test(text);
    if (scanned) {
      setAgain(false);
      void act({ kind: 'scan', [code.kind]: code.value, how: 'scanned' });
    } else setTyped(code.value);
  };
  return (
    <Panel
      title={
        <Group gap={8}>
          {now.hasDevice && <Icon name="check" size={18} />}
          {t('device')}
        </Group>
      }
    >
      {now.hasDevice && !again ? (
        <Group justify="space-between">
          <Text className="serial">{job.item?.serial ?? t('waits_on_phone')}</Text>
          <Button variant="default" onClick={() => setAgain(true)}>
            {t('scan_again')}
          </Button>
        </Group>
      ) : (
        <Stack>
          <Scanner
            label={t('scan_device')}
            placeholder={t('scan_device_hint')}
            onCode={onCode}
            once
          />
          {typed && (
            <form
              onSubmit={(event) => {
                event.preventDefault();
                void act({ kind: 'scan', serial: typed, how: 'typed', reason: reason.trim() });
                setTyped(null);
                setAgain(false);
              }}
            >
              <Stack gap={8}>
                <Text size="sm">{t('typed_text', { serial: typed })}</Text>
                <TextInput
                  label={t('typed_reason')}
                  required
                  autoFocus
                  value={reason}
                  onChange={(event) => setReason(event.currentTarget.value)}
                />
                <Button type="submit" size="md" disabled={!reason.trim()}>
                  {t('typed_use')}
                </Button>
              </Stack>
            </form>
          )}
        </Stack>
      )}
    </Panel>
  );
}
