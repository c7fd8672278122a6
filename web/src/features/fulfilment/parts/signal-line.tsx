import { Badge, Group, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { formatDbm, signalVerdict } from '@/lib/dbm';

const TONE = { good: 'teal', weak: 'amber', strong: 'amber' } as const;

/** A reading with what it means. */
export function SignalLine({ dbm }: { dbm: number }) {
  const { t } = useTranslation('fulfilment');
  const verdict = signalVerdict(dbm);
  return (
    <Group gap={8} component="span">
      <Text span size="sm" className="serial">
        {formatDbm(dbm)}
      </Text>
      <Badge color={TONE[verdict]} variant="light" tt="none" component="span">
        {t(`signal_is_${verdict}`)}
      </Badge>
    </Group>
  );
}
