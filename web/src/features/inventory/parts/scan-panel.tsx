// What was scanned, the verdict on each line, and the button that sends what still waits.
import { Alert, Button, Group, Stack } from '@mantine/core';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { file } from '@/lib/path';
import { Panel } from '@/ui/facts';
import { Icon } from '@/ui/icon';
import { ButtonFile } from '@/ui/link';
import { Failed } from '@/ui/states';
import type { useScanLines } from '../scan-lines';
import { ScanField } from './scan-field';
import { ScanList } from './scan-list';

type Props = {
  scan: ReturnType<typeof useScanLines>;
  busy: boolean;
  /** All that is asked for beside the lines is there. */
  ready: boolean;
  onSend: () => void;
  error: unknown;
  /** Said when every line came in. */
  done: string;
  /** What is asked about the lines. */
  children?: ReactNode;
};

export function ScanPanel({ scan, busy, ready, onSend, error, done, children }: Props) {
  const { t } = useTranslation('inventory');
  return (
    <Panel
      title={t('scanned', { n: scan.lines.length })}
      tools={
        <Group gap={8}>
          {scan.done.length > 0 && (
            <ButtonFile
              size="sm"
              variant="default"
              href={file.labels(
                scan.done.map((line) => line.serial),
                'roll',
              )}
              leftSection={<Icon name="print" size={16} />}
            >
              {t('labels_roll', { n: scan.done.length })}
            </ButtonFile>
          )}
          <Button
            size="sm"
            loading={busy}
            disabled={!ready || scan.waiting.length === 0}
            onClick={onSend}
          >
            {t('receive_send', { n: scan.waiting.length })}
          </Button>
        </Group>
      }
    >
      <Stack>
        <ScanField scan={scan} />
        {children}
        {error ? <Failed error={error} /> : null}
        {scan.done.length > 0 && scan.waiting.length === 0 && (
          <Alert color="money" icon={<Icon name="check" />}>
            {done}
          </Alert>
        )}
        <ScanList lines={scan.lines} onRemove={scan.remove} />
      </Stack>
    </Panel>
  );
}
