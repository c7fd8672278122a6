import { Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { Copy } from '@/pwa/device-copy';
import { Instant } from '@/ui/day';
import { Icon } from '@/ui/icon';

/** Says when what is shown was read, while the phone has no network. */
export function CopyLine({ copy }: { copy: Copy<unknown> | undefined }) {
  const { t } = useTranslation();
  if (!copy || copy.fresh) return null;
  return (
    <Text size="sm" c="dimmed" role="status" component="div" mb={8}>
      <Icon name="offline" size={14} /> {t('from_device')} <Instant at={copy.at} />
    </Text>
  );
}
