import { Button, Chip, Group, Stack, Textarea, Text } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ActionButton } from '@/ui/action';
import { type Job, type JobNow, missing, needsDevice } from '../job-steps';
import { useIsOnline } from './online-line';
import type { Act } from './job-steps';
import { Modal } from '@/ui/windows';

const REASONS = ['not_home', 'no_signal', 'refused', 'cable_short', 'other'] as const;

/** Done, or failed and why. Done without being online asks why too. */
export function CloseStep({ job, now, act }: { job: Job; now: JobNow; act: Act }) {
  const { t } = useTranslation(['fulfilment', 'common']);
  const [failing, fail] = useDisclosure(false);
  const [explaining, explain] = useDisclosure(false);
  const [leaving, leave] = useDisclosure(false);
  const [note, setNote] = useState('');
  const isOnline = useIsOnline(job) || !needsDevice(job);
  const [reason, setReason] = useState<string>('');
  const [text, setText] = useState('');
  const lacks = missing(job, now);
  const close = () => {
    // What was not scanned stays behind, and somebody has to know why.
    if (job.kind === 'dismantle' && !now.hasDevice) leave.open();
    else if (isOnline) void act({ kind: 'done' });
    else explain.open();
  };
  const send = () => {
    const said = reason === 'other' || !reason ? '' : t(`fail_${reason}` as never);
    void act({ kind: 'fail', reason: [said, text.trim()].filter(Boolean).join(': ') });
    fail.close();
  };
  return (
    <Stack gap={8}>
      <ActionButton
        size="xl"
        verdict={
          lacks.length === 0
            ? { allowed: true }
            : { allowed: false, reason: lacks.map((one) => t(`missing_${one}`)).join(' ') }
        }
        onClick={close}
      >
        {t('done')}
      </ActionButton>
      {lacks.length > 0 && (
        <Text size="sm" c="dimmed">
          {lacks.map((one) => t(`missing_${one}`)).join(' ')}
        </Text>
      )}
      <Button variant="subtle" color="gray" size="md" onClick={fail.open}>
        {t('fail')}
      </Button>
      <Modal opened={explaining} onClose={explain.close} title={t('done_offline_title')}>
        <form
          onSubmit={(event) => {
            event.preventDefault();
            explain.close();
            void act({ kind: 'done', note: note.trim() });
          }}
        >
          <Stack>
            <Textarea
              label={t('done_offline')}
              required
              autosize
              minRows={2}
              data-autofocus
              value={note}
              onChange={(event) => setNote(event.currentTarget.value)}
            />
            <Button type="submit" size="lg" disabled={!note.trim()}>
              {t('done')}
            </Button>
          </Stack>
        </form>
      </Modal>
      <Modal opened={leaving} onClose={leave.close} title={t('not_retrieved_title')}>
        <form
          onSubmit={(event) => {
            event.preventDefault();
            leave.close();
            void act({ kind: 'done', not_retrieved: note.trim() });
          }}
        >
          <Stack>
            <Textarea
              label={t('not_retrieved')}
              required
              autosize
              minRows={2}
              data-autofocus
              value={note}
              onChange={(event) => setNote(event.currentTarget.value)}
            />
            <Button type="submit" size="lg" color="red" disabled={!note.trim()}>
              {t('done')}
            </Button>
          </Stack>
        </form>
      </Modal>
      <Modal opened={failing} onClose={fail.close} title={t('fail_title')}>
        <Stack>
          <Chip.Group value={reason} onChange={(value) => setReason(value)}>
            <Group gap={8}>
              {REASONS.map((one) => (
                <Chip key={one} value={one} size="md">
                  {t(`fail_${one}`)}
                </Chip>
              ))}
            </Group>
          </Chip.Group>
          <Textarea
            label={t('fail_note')}
            autosize
            minRows={2}
            required={reason === 'other'}
            value={text}
            onChange={(event) => setText(event.currentTarget.value)}
          />
          <Button
            size="lg"
            color="red"
            disabled={!reason || (reason === 'other' && !text.trim())}
            onClick={send}
          >
            {t('fail')}
          </Button>
        </Stack>
      </Modal>
    </Stack>
  );
}
