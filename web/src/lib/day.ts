// Days (`YYYY-MM-DD`, the branch's calendar) and instants (RFC 3339 UTC, shown in the branch's zone).

export type Lang = 'id' | 'en';

const SHORT: Record<Lang, string[]> = {
  id: ['Jan', 'Feb', 'Mar', 'Apr', 'Mei', 'Jun', 'Jul', 'Agu', 'Sep', 'Okt', 'Nov', 'Des'],
  en: ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'],
};

const LONG: Record<Lang, string[]> = {
  id: [
    ...['Januari', 'Februari', 'Maret', 'April', 'Mei', 'Juni'],
    ...['Juli', 'Agustus', 'September', 'Oktober', 'November', 'Desember'],
  ],
  en: [
    ...['January', 'February', 'March', 'April', 'May', 'June'],
    ...['July', 'August', 'September', 'October', 'November', 'December'],
  ],
};

export const DEFAULT_ZONE = 'Asia/Jakarta';

type Parts = { year: number; month: number; day: number };

function parts(day: string): Parts | null {
  const match = /^(\d{4})-(\d{2})-(\d{2})$/.exec(day);
  if (!match) return null;
  return { year: Number(match[1]), month: Number(match[2]), day: Number(match[3]) };
}

/** `2026-12-20` → `20 Des 2026`; a text that is no day comes back as it is. */
export function formatDay(day: string, lang: Lang): string {
  const p = parts(day);
  return p ? `${p.day} ${SHORT[lang][p.month - 1] ?? '?'} ${p.year}` : day;
}

/** `des`, `Desember`, `Dec` → 12; of both languages, by the first three letters. */
function monthOf(word: string): number {
  const start = word.slice(0, 3).toLowerCase();
  const at = [SHORT.id, SHORT.en].map((names) =>
    names.findIndex((name) => name.toLowerCase() === start),
  );
  return Math.max(...at) + 1;
}

/**
 * A day as people type it: `1 Des 2026`, `1 December 2026`, `1/12/2026`, `1-12-26`, `2026-12-01`; the day stands before
 * the month. Null for what is no day.
 */
export function parseDay(text: string): string | null {
  const typed = text.trim();
  const iso = parts(typed);
  const words = /^(\d{1,2})[\s./-]+(\d{1,2}|\p{L}{3,})[\s./-]+(\d{4}|\d{2})$/u.exec(typed);
  const [, day = '', middle = '', year = ''] = words ?? [];
  const read = iso ?? {
    day: Number(day),
    month: /^\d/.test(middle) ? Number(middle) : monthOf(middle),
    year: year.length === 2 ? 2000 + Number(year) : Number(year),
  };
  const { day: d, month: m, year: y } = read;
  if ((!iso && !words) || m < 1 || m > 12 || d < 1 || d > daysIn(y, m)) return null;
  return `${y}-${String(m).padStart(2, '0')}-${String(d).padStart(2, '0')}`;
}

/** `2026-11-01` → `November 2026`. */
export function formatMonth(day: string, lang: Lang): string {
  const p = parts(day);
  return p ? `${LONG[lang][p.month - 1] ?? '?'} ${p.year}` : day;
}

/** A period as people say it: a whole month by its name, else `10–30 Nov 2026`. */
export function formatPeriod(from: string, to: string, lang: Lang): string {
  const a = parts(from);
  const b = parts(to);
  if (!a || !b) return `${from} – ${to}`;
  if (a.year === b.year && a.month === b.month) {
    if (a.day === 1 && b.day === daysIn(b.year, b.month)) return formatMonth(from, lang);
    return `${a.day}–${formatDay(to, lang)}`;
  }
  return `${formatDay(from, lang)} – ${formatDay(to, lang)}`;
}

function daysIn(year: number, month: number): number {
  return new Date(Date.UTC(year, month, 0)).getUTCDate();
}

/** Hours ahead of UTC in Indonesia's zones, which know no summer time: WIB, WITA, WIT, as since 1988 (Keppres 41/1987). */
const AHEAD: Record<string, number> = {
  'Asia/Jakarta': 7,
  'Asia/Pontianak': 7,
  'Asia/Makassar': 8,
  'Asia/Jayapura': 9,
};

/** One a zone: making it costs a phone more than a screen full of days. */
const formats = new Map<string, Intl.DateTimeFormat>();

function formatOf(zone: string): Intl.DateTimeFormat {
  const known = formats.get(zone);
  if (known) return known;
  const made = new Intl.DateTimeFormat('en-CA', {
    timeZone: zone,
    ...{ year: 'numeric', month: '2-digit', day: '2-digit' },
    ...{ hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' },
  });
  formats.set(zone, made);
  return made;
}

/** The calendar day and clock time of an instant in a zone. */
export function inZone(instant: string, zone: string): { day: string; time: string } | null {
  const date = new Date(instant);
  if (Number.isNaN(date.getTime())) return null;
  const ahead = AHEAD[zone];
  if (ahead !== undefined) {
    const there = new Date(date.getTime() + ahead * 3_600_000).toISOString();
    return { day: there.slice(0, 10), time: there.slice(11, 19).replaceAll(':', '.') };
  }
  const format = formatOf(zone);
  const get = Object.fromEntries(format.formatToParts(date).map((part) => [part.type, part.value]));
  return {
    day: `${get.year}-${get.month}-${get.day}`,
    time: `${get.hour}.${get.minute}.${get.second}`,
  };
}

/** Short form: the clock time today, else day and time (`20 Des 14.05`). */
export function formatInstant(instant: string, lang: Lang, zone: string, now: Date): string {
  const at = inZone(instant, zone);
  if (!at) return instant;
  const today = inZone(now.toISOString(), zone)?.day ?? '';
  const time = at.time.slice(0, 5);
  if (at.day === today) return time;
  const day = formatDay(at.day, lang);
  return `${at.day.slice(0, 4) === today.slice(0, 4) ? day.slice(0, -5) : day} ${time}`;
}

/** Full form for a tooltip: `20 Des 2026 14.05.33`. */
export function formatInstantFull(instant: string, lang: Lang, zone: string): string {
  const at = inZone(instant, zone);
  return at ? `${formatDay(at.day, lang)} ${at.time}` : instant;
}

const AGE: Record<Lang, [day: string, hour: string, minute: string, second: string]> = {
  id: ['hari', 'jam', 'mnt', 'dtk'],
  en: ['d', 'h', 'min', 's'],
};

/** How long something lasts or has lasted: `4 dtk`, `12 mnt`, `3 jam`, `5 hari`. */
export function formatAge(seconds: number, lang: Lang): string {
  const [d, h, m, s] = AGE[lang];
  const whole = Math.max(0, Math.floor(seconds));
  if (whole < 60) return `${whole} ${s}`;
  if (whole < 3600) return `${Math.floor(whole / 60)} ${m}`;
  if (whole < 86400) {
    const minutes = Math.floor((whole % 3600) / 60);
    return `${Math.floor(whole / 3600)} ${h}${minutes > 0 ? ` ${minutes} ${m}` : ''}`;
  }
  return `${Math.floor(whole / 86400)} ${d}`;
}

/** How long something took: `0,4 dtk`, `48 dtk`, `1 mnt 52 dtk`, `3 jam 5 mnt`; a dash when it is not known. */
export function formatTook(ms: number | null | undefined, lang: Lang): string {
  if (ms === null || ms === undefined) return '–';
  const [, , m, s] = AGE[lang];
  if (ms < 10_000) {
    const text = (ms / 1000).toFixed(1);
    return `${lang === 'id' ? text.replace('.', ',') : text} ${s}`;
  }
  const whole = Math.round(ms / 1000);
  const rest = whole % 60;
  if (whole < 60 || whole >= 3600 || rest === 0) return formatAge(whole, lang);
  return `${Math.floor(whole / 60)} ${m} ${rest} ${s}`;
}

/** Seconds from an instant until now; never negative. */
export function secondsSince(instant: string, now: Date): number {
  return Math.max(0, (now.getTime() - new Date(instant).getTime()) / 1000);
}

/** Today in a zone, `YYYY-MM-DD`. */
export function todayIn(zone: string, now: Date): string {
  return inZone(now.toISOString(), zone)?.day ?? now.toISOString().slice(0, 10);
}

/** A day plus some days; `2026-12-31` + 1 → `2027-01-01`. */
export function plusDays(day: string, days: number): string {
  const p = parts(day);
  if (!p) return day;
  return new Date(Date.UTC(p.year, p.month - 1, p.day + days)).toISOString().slice(0, 10);
}

/** The instant at which a day begins in a zone, RFC 3339. */
export function startOf(day: string, zone: string): string {
  const p = parts(day);
  if (!p) return day;
  const asUtc = Date.UTC(p.year, p.month - 1, p.day);
  const there = inZone(new Date(asUtc).toISOString(), zone);
  if (!there) return new Date(asUtc).toISOString();
  const [h = 0, m = 0, s = 0] = there.time.split('.').map(Number);
  const shown = Date.parse(`${there.day}T00:00:00Z`) + ((h * 60 + m) * 60 + s) * 1000;
  return new Date(asUtc - (shown - asUtc)).toISOString();
}
