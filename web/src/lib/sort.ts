// How a list is sorted, as the address says it: `sort` is the server's word, `dir` the way.

type Filters = Record<string, string | undefined>;

/** A column's word for the server; a leading `-` means that people look for the greatest first. */
export type SortWord = string;

function read(word: SortWord): { by: string; first: 'asc' | 'desc' } {
  return word.startsWith('-') ? { by: word.slice(1), first: 'desc' } : { by: word, first: 'asc' };
}

/** Which way the list is sorted by this column now; null when it is not. */
export function sortedBy(filters: Filters, word: SortWord): 'asc' | 'desc' | null {
  const { by, first } = read(word);
  if (filters.sort !== by) return null;
  return filters.dir === 'asc' || filters.dir === 'desc' ? filters.dir : first;
}

/** What pressing the column's head asks for: its first way, then the other, then the list's own order. */
export function sortNext(filters: Filters, word: SortWord): Record<'sort' | 'dir', string | null> {
  const { by, first } = read(word);
  const now = sortedBy(filters, word);
  if (now === null) return { sort: by, dir: first };
  if (now === first) return { sort: by, dir: first === 'asc' ? 'desc' : 'asc' };
  return { sort: null, dir: null };
}
