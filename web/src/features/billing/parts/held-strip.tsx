import { Group, Paper, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { api } from '@/api/client';
import { path } from '@/lib/path';
import { Icon } from '@/ui/icon';
import { To } from '@/ui/link';
import { Money } from '@/ui/money';

/** One line: the cash in one's own hands; with `always` also when there is none. */
export function HeldStrip({ always }: { always?: boolean }) {
  const { t } = useTranslation('cash');
  const found = api.useQuery('get', '/api/v1/cash/held');
  if (!found.data || (!always && found.data.amount === 0)) return null;
  return (
    <To to={path.held()} underline="never" c="inherit">
      <Paper withBorder p="sm" mb="md">
        <Group justify="space-between" wrap="nowrap" gap={8}>
          <Group gap={8} wrap="nowrap">
            <Icon name="cash" />
            <Text fw={600}>{t('mine_held')}</Text>
          </Group>
          <Group gap={8} wrap="nowrap">
            <Money amount={found.data.amount} bold />
            <Icon name="right" size={16} />
          </Group>
        </Group>
      </Paper>
    </To>
  );
}
