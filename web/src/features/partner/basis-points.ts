/** Basis points of a percentage as people type it (`10`, `12,5`, `12.5 %`); null when it is none. */
export function toBasisPoints(text: string): number | null {
  const read = text.replace('%', '').trim().replace(',', '.');
  if (!/^\d{1,3}(\.\d{1,2})?$/.test(read)) return null;
  const points = Math.round(Number(read) * 100);
  return points <= 10_000 ? points : null;
}
