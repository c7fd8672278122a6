import { Button, Group, NumberInput, Select, Stack, Text } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useBag } from '@/pwa/device-copy';
import { useSteps } from '@/pwa/offline-queue';
import { Panel } from '@/ui/facts';
import { left, type Job } from '../job-steps';
import type { Act } from './job-steps';

/** Counted things used up on the job; never more than the bag holds. */
export function MaterialStep({ job, act }: { job: Job; act: Act }) {
  const { t } = useTranslation('fulfilment');
  const bag = useBag();
  const ops = useSteps(bag.data);
  const [type, setType] = useState<string | null>(null);
  const [quantity, setQuantity] = useState<number | ''>('');
  const levels = bag.data?.value.counted ?? [];
  if (levels.length === 0 || !ops) return null;
  const level = levels.find((one) => one.type_id === type);
  const most = level ? left(level, ops) : 0;
  const tooMuch = level && quantity !== '' && quantity > most;
  const used = ops.filter(
    (op) => op.subject === job.id && op.refusal == null && op.body.kind === 'use',
  );
  return (
    <Panel title={t('materials')}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (!level || quantity === '' || quantity < 1 || tooMuch) return;
          void act({ kind: 'use', item_type: level.type_id, quantity });
          setQuantity('');
        }}
      >
        <Stack gap={8}>
          <Select
            label={t('material')}
            size="md"
            data={levels.map((one) => ({
              value: one.type_id,
              label: `${one.name} (${left(one, ops)} ${one.unit})`,
            }))}
            value={type}
            onChange={setType}
          />
          <Group gap={8} align="flex-start" wrap="nowrap">
            <NumberInput
              label={t('quantity')}
              size="md"
              min={1}
              allowDecimal={false}
              style={{ flex: 1 }}
              suffix={level ? ` ${level.unit}` : undefined}
              value={quantity}
              error={tooMuch ? t('bag_holds', { n: most, unit: level.unit }) : undefined}
              onChange={(value) => setQuantity(typeof value === 'number' ? value : '')}
            />
            <Button
              type="submit"
              size="md"
              mt={26}
              variant="default"
              disabled={!level || quantity === '' || quantity < 1 || tooMuch}
            >
              {t('use_up')}
            </Button>
          </Group>
          {used.map((op) => {
            const what = levels.find((one) => one.type_id === op.body.item_type);
            return (
              <Text key={op.op_id} size="sm" c="dimmed">
                {t('used_waits', {
                  n: Number(op.body.quantity),
                  unit: what?.unit ?? '',
                  name: what?.name ?? '',
                })}
              </Text>
            );
          })}
        </Stack>
      </form>
    </Panel>
  );
}
