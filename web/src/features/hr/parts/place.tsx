import { Badge } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { formatDistance } from '@/lib/geo';
import type { Check } from '../presence';

const TONE: Record<string, string> = { office: 'teal', site: 'teal', outside: 'amber' };

/** Where somebody was: inside is well, outside is to be looked at, nothing more. */
export function PlaceBadge({ check }: { check: Check }) {
  const { t } = useTranslation('hr');
  const far = check.distance_m == null ? '' : ` ${formatDistance(check.distance_m)}`;
  const words: Record<string, string> = {
    office: t('place_office'),
    site: t('place_site', { number: check.work_order_number ?? '' }),
    outside: t('place_outside', { far }),
  };
  return (
    <Badge color={TONE[check.place] ?? 'gray'} variant="light" tt="none">
      {words[check.place] ?? t('place_unknown')}
    </Badge>
  );
}
