import { Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';

const TONE: Record<string, string> = { urgent: 'red', high: 'amber' };

/** How urgent a ticket is: red is urgent. */
export function Priority({ of }: { of: string }) {
  const { t } = useTranslation('ticket');
  return (
    <Text size="sm" component="span" c={TONE[of]} fw={TONE[of] ? 600 : 400}>
      {t(`priority_${of}` as never)}
    </Text>
  );
}
