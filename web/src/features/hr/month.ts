/** The first day of the month that lies `by` months from a day's own. */
export function monthAt(day: string, by: number): string {
  const [year = 0, month = 1] = day.split('-').map(Number);
  const count = year * 12 + (month - 1) + by;
  const shown = String((count % 12) + 1).padStart(2, '0');
  return `${Math.floor(count / 12)}-${shown}-01`;
}
