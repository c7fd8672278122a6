import { Button, Stack, Text, TextInput } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { readScan } from '@/lib/scan';
import { type Job, needsDevice } from '../job-steps';
import type { Act } from './job-steps';

/** The customer's own device: only its MAC counts, and only after NOC said yes. */
export function OwnDevice({ job, act, done }: { job: Job; act: Act; done: () => void }) {
  const { t } = useTranslation('fulfilment');
  const [text, setText] = useState('');
  if (!needsDevice(job)) return null;
  if (!job.own_device_ok) {
    return (
      <Text size="xs" c="dimmed">
        {t('own_device_ask')}
      </Text>
    );
  }
  const code = readScan(text);
  const mac = code?.kind === 'mac' ? code.value : null;
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (!mac) return;
        void act({ kind: 'own_device', mac });
        done();
      }}
    >
      <Stack gap={8}>
        <TextInput
          label={t('own_device')}
          placeholder="A1:B2:C3:D4:E5:F6"
          size="md"
          value={text}
          error={text && !mac ? t('own_device_unread') : undefined}
          onChange={(event) => setText(event.currentTarget.value)}
        />
        <Button type="submit" size="md" variant="default" disabled={!mac}>
          {t('own_device_use')}
        </Button>
      </Stack>
    </form>
  );
}
