// What somebody took from customers and handed over, newest first.
import { Card, Group, Stack, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { Schemas } from '@/api/client';
import { file } from '@/lib/path';
import { Instant } from '@/ui/day';
import { Icon } from '@/ui/icon';
import { ButtonFile } from '@/ui/link';
import { Money } from '@/ui/money';

/** With `own` the receipts of what one took oneself. */
export function HeldMoves({ moves, own }: { moves: Schemas['HeldMove'][]; own?: boolean }) {
  const { t } = useTranslation('cash');
  return (
    <Stack gap={8}>
      {moves.map((move) => (
        <Card
          key={move.id}
          withBorder
          padding="sm"
          style={{ background: 'var(--surface)', borderColor: 'var(--line)' }}
        >
          <Group justify="space-between" wrap="nowrap" gap={8} align="flex-start">
            <div style={{ minWidth: 0 }}>
              <Text fw={600} truncate>
                {move.customer_name ?? t(`move_${move.kind}` as never)}
              </Text>
              <Text size="sm" c="dimmed" component="div">
                {move.customer_name && move.kind !== 'payment' && (
                  <>{t(`move_${move.kind}` as never)} · </>
                )}
                {move.number && <span className="serial">{move.number}</span>}
                {move.number && ' · '}
                <Instant at={move.at} />
              </Text>
            </div>
            <Stack gap={4} align="flex-end">
              <Money amount={move.amount} bold tone={move.amount > 0 ? 'in' : 'plain'} />
              {own && move.kind === 'payment' && (
                <ButtonFile
                  size="compact-sm"
                  variant="subtle"
                  href={file.collected(move.subject_id, '58mm')}
                  leftSection={<Icon name="print" size={14} />}
                >
                  {t('receipt')}
                </ButtonFile>
              )}
            </Stack>
          </Group>
        </Card>
      ))}
    </Stack>
  );
}
