import { useZone } from '@/api/session';
import {
  formatAge,
  formatDay,
  formatInstant,
  formatInstantFull,
  formatPeriod,
  inZone,
  secondsSince,
} from '@/lib/day';
import { useLang } from '@/locales';

/** A calendar day of the branch; a dash when there is none. */
export function Day({ day }: { day: string | null | undefined }) {
  const lang = useLang();
  if (!day) return <span className="quiet">–</span>;
  return (
    <time dateTime={day} style={{ whiteSpace: 'nowrap' }}>
      {formatDay(day, lang)}
    </time>
  );
}

/** The day on which an instant fell in the branch. */
export function DayOf({ at }: { at: string | null | undefined }) {
  const zone = useZone();
  return <Day day={at ? inZone(at, zone)?.day : null} />;
}

/** A period in words. */
export function Period({ from, to }: { from: string; to: string }) {
  return <span>{formatPeriod(from, to, useLang())}</span>;
}

/** An instant in the branch's zone, short, the full time on hover. */
export function Instant({ at }: { at: string | null | undefined }) {
  const zone = useZone();
  const lang = useLang();
  if (!at) return <span className="quiet">–</span>;
  return (
    <time dateTime={at} title={formatInstantFull(at, lang, zone)} style={{ whiteSpace: 'nowrap' }}>
      {formatInstant(at, lang, zone, new Date())}
    </time>
  );
}

/** How long ago an instant was, the full time on hover. */
export function Age({ since }: { since: string | null | undefined }) {
  const zone = useZone();
  const lang = useLang();
  if (!since) return <span className="quiet">–</span>;
  return (
    <time
      dateTime={since}
      title={formatInstantFull(since, lang, zone)}
      style={{ whiteSpace: 'nowrap' }}
    >
      {formatAge(secondsSince(since, new Date()), lang)}
    </time>
  );
}
