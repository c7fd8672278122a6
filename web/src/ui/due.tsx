// When a ticket's time is over: counted down, and red once it is.
import { Text } from '@mantine/core';
import { useInterval } from '@mantine/hooks';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useZone } from '@/api/session';
import { formatAge, formatInstantFull } from '@/lib/day';
import { useLang } from '@/locales';

const LAST_HOUR_S = 3600;

type Props = {
  /** `null`: the clock stands. */
  at: string | null | undefined;
  breachedAt?: string | null;
};

/** The wall-clock time that is left until the target is used up. */
export function Due({ at, breachedAt }: Props) {
  const { t } = useTranslation('ticket');
  const zone = useZone();
  const lang = useLang();
  const now = useMinute();
  if (!at) {
    return (
      <Text size="sm" c={breachedAt ? 'red' : 'dimmed'}>
        {t(breachedAt ? 'was_late' : 'stands')}
      </Text>
    );
  }
  const left = (new Date(at).getTime() - now) / 1000;
  const age = formatAge(Math.abs(left), lang);
  const color = left <= 0 ? 'red' : left < LAST_HOUR_S ? 'amber' : undefined;
  return (
    <Text
      size="sm"
      component="time"
      dateTime={at}
      title={formatInstantFull(at, lang, zone)}
      c={color}
      fw={left < LAST_HOUR_S ? 600 : 400}
      style={{ whiteSpace: 'nowrap', fontVariantNumeric: 'tabular-nums' }}
    >
      {left <= 0 ? t('late_by', { age }) : t('left', { age })}
    </Text>
  );
}

/** Now, renewed while somebody looks. */
function useMinute(): number {
  const [now, setNow] = useState(() => Date.now());
  const { start, stop } = useInterval(() => setNow(Date.now()), 15_000);
  useEffect(() => {
    start();
    return stop;
  }, [start, stop]);
  return now;
}
