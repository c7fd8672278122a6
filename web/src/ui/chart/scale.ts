// From values to places on a chart.

/** The least round number that is not below `most`: 1, 2, 2.5 or 5 times a power of ten. */
export function roundTop(most: number): number {
  if (most <= 0) return 1;
  const power = 10 ** Math.floor(Math.log10(most));
  const step = [1, 2, 2.5, 5, 10].find((one) => most <= one * power * (1 + 1e-9)) ?? 10;
  return step * power;
}

/** What stands along the axis: nothing, the half (when it is whole) and the top. */
export function ticks(top: number): number[] {
  const half = top / 2;
  return top > 1 && Number.isInteger(half) ? [0, half, top] : [0, top];
}

/** Sums up to each value; what is not known yet ends it. */
export function runningSum(values: readonly (number | null)[]): (number | null)[] {
  let sum: number | null = 0;
  return values.map((value) => (sum = sum === null || value === null ? null : sum + value));
}

const UNITS = {
  id: [
    [1e9, ' M'],
    [1e6, ' jt'],
    [1e3, ' rb'],
  ],
  en: [
    [1e9, 'bn'],
    [1e6, 'm'],
    [1e3, 'k'],
  ],
} as const;

/** A number short enough for an axis: `1.250.000` → `1,3 jt`. */
export function shortNumber(value: number, lang: 'id' | 'en'): string {
  const unit = UNITS[lang].find(([least]) => Math.abs(value) >= least);
  if (!unit) return String(Math.round(value));
  const of = value / unit[0];
  const text = Math.abs(of) >= 10 ? String(Math.round(of)) : String(Math.round(of * 10) / 10);
  return (lang === 'id' ? text.replace('.', ',') : text) + unit[1];
}
