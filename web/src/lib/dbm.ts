// Optical power as a technician reads it on a meter: dBm, nearly always below nought.

/** What a receiver can read at all. */
const LEAST = -50;
const MOST = 10;
/** Where a home's device works well. */
const WEAK = -27;
const STRONG = -8;

export type SignalVerdict = 'good' | 'weak' | 'strong';

/**
 * Reads `-19,4`, `-19.42` and, since phones hide the minus, `19,4` as what a home has: below nought. Above
 * it stands with its plus. Null when it is no number or nothing that a receiver reads.
 */
export function parseDbm(text: string): number | null {
  const bare = text.replace(/\s|dBm/gi, '').replace(/[−–]/g, '-');
  const match = /^([+-]?)(\d{1,2}(?:[.,]\d{1,2})?)$/.exec(bare);
  if (!match?.[2]) return null;
  const size = Number(match[2].replace(',', '.'));
  const dbm = match[1] === '+' || size === 0 ? size : -size;
  return dbm >= LEAST && dbm <= MOST ? dbm : null;
}

export function signalVerdict(dbm: number): SignalVerdict {
  if (dbm < WEAK) return 'weak';
  return dbm > STRONG ? 'strong' : 'good';
}

/** `-19.4` → `-19,4 dBm`. */
export function formatDbm(dbm: number): string {
  return `${String(dbm).replace('.', ',')} dBm`;
}
