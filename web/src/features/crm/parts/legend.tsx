import { Group, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { ODP_COLOR, PEOPLE_COLOR } from '@/ui/map/map-style';

/** What the colours of the map say. */
export function Legend() {
  const { t } = useTranslation('crm');
  const items = [
    [ODP_COLOR.free, t('legend_free')],
    [ODP_COLOR.few, t('legend_few')],
    [ODP_COLOR.full, t('legend_full')],
    [PEOPLE_COLOR, t('customers')],
  ] as const;
  return (
    <Group gap="md">
      {items.map(([color, label]) => (
        <Group key={label} gap={6}>
          <span
            aria-hidden
            style={{ width: 12, height: 12, borderRadius: '50%', background: color }}
          />
          <Text size="xs" c="dimmed">
            {label}
          </Text>
        </Group>
      ))}
    </Group>
  );
}
