// Money is whole rupiah everywhere: an integer, never a fraction.

const NBSP = '\u00a0';

/** `277500` → `Rp 277.500` (no-break space), `-10000` → `-Rp 10.000`. */
export function formatMoney(rupiah: number): string {
  return `${rupiah < 0 ? '-' : ''}Rp${NBSP}${groupDigits(Math.abs(rupiah))}`;
}

/** `277500` → `277.500`, as Indonesians write it, in both languages of the interface. */
export function groupDigits(whole: number): string {
  const sign = whole < 0 ? '-' : '';
  return sign + String(Math.abs(Math.trunc(whole))).replace(/\B(?=(\d{3})+(?!\d))/g, '.');
}

/**
 * What a person typed as an amount: `150000`, `150.000`, `150,000`, `Rp150.000`, `Rp 150.000,00`.
 * Null when it is no whole, safe amount of rupiah (`1.50`, `12abc`).
 */
export function parseMoney(text: string): number | null {
  const bare = text.replace(/rp\.?/i, '').replace(/[\s\u00a0]/g, '');
  const match = /^(-?)(\d+|\d{1,3}(?:\.\d{3})+|\d{1,3}(?:,\d{3})+)(?:[.,]0{1,2}|,-)?$/.exec(bare);
  if (!match) return null;
  const whole = Number((match[2] ?? '').replace(/[.,]/g, ''));
  if (!Number.isSafeInteger(whole)) return null;
  return match[1] && whole !== 0 ? -whole : whole;
}
