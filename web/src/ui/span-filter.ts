// A day or an instant that a link put into the address stands as a chip, so that it can be taken away.
import { formatDay, inZone } from '@/lib/day';
import { currentLang } from '@/locales';
import type { ListState } from '@/lib/list-state';
import type { Filter } from './data-table';

/** The chip of one end of a span, when the address has it. */
export function spanFilter(state: ListState, id: string, label: string, zone: string): Filter[] {
  const value = state.filters[id];
  if (!value) return [];
  const day = /^\d{4}-\d{2}-\d{2}$/.test(value) ? value : inZone(value, zone)?.day;
  return [{ id, label, options: [{ value, label: day ? formatDay(day, currentLang()) : value }] }];
}
