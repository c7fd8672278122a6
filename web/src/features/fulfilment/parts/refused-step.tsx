import { Alert, Button, Group, Stack } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { type QueuedOp, retry, skip } from '@/pwa/offline-queue';
import { Icon } from '@/ui/icon';

/** A step that the server refused: why, and the two ways on. */
export function RefusedStep({ op }: { op: QueuedOp }) {
  const { t } = useTranslation('fulfilment');
  return (
    <Alert
      color="red"
      icon={<Icon name="warning" />}
      title={t('step_refused', { step: t(`op_${String(op.body.kind)}` as never) })}
    >
      <Stack gap={8} align="flex-start">
        {op.refusal}
        <Group gap={8}>
          <Button size="sm" variant="default" onClick={() => void retry(op)}>
            {t('step_retry')}
          </Button>
          <Button size="sm" variant="default" onClick={() => void skip(op)}>
            {t('step_skip')}
          </Button>
        </Group>
      </Stack>
    </Alert>
  );
}
