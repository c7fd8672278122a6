// A month and the ways to its neighbours; the coming one does not exist yet.
import { ActionIcon, Group, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { useToday } from '@/api/session';
import { useLang } from '@/locales';
import { monthAt } from '../month';

type Props = { month: string; change: (month: string) => void };

export function MonthSteps({ month, change }: Props) {
  const { t } = useTranslation('hr');
  const lang = useLang();
  const now = monthAt(useToday(), 0);
  const name = new Date(`${month}T00:00:00Z`).toLocaleDateString(
    lang === 'id' ? 'id-ID' : 'en-GB',
    {
      month: 'long',
      year: 'numeric',
      timeZone: 'UTC',
    },
  );
  return (
    <Group gap={4} wrap="nowrap">
      <ActionIcon
        variant="default"
        size="lg"
        aria-label={t('month_before')}
        onClick={() => change(monthAt(month, -1))}
      >
        ‹
      </ActionIcon>
      <Text fw={600} ta="center" miw={140}>
        {name}
      </Text>
      <ActionIcon
        variant="default"
        size="lg"
        aria-label={t('month_after')}
        disabled={month >= now}
        onClick={() => change(monthAt(month, 1))}
      >
        ›
      </ActionIcon>
    </Group>
  );
}
