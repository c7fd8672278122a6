// Many records, some at a time: between two requests the screen says how far it is.

/** A part of the work that is asked for with its own key, so that asking again does nothing twice. */
export type Batch = { ids: string[]; key: string };

/** Cuts records into parts. */
export function batches(ids: readonly string[], size: number, key: () => string): Batch[] {
  const parts: Batch[] = [];
  for (let at = 0; at < ids.length; at += size)
    parts.push({ ids: ids.slice(at, at + size), key: key() });
  return parts;
}

export type Line = { id: string; ok: boolean; amount?: number | null; detail?: string | null };
export type Answer<L extends Line = Line> = { count: number; sum?: number | null; lines: L[] };

/** What several answers say together; the sum is null when none is about money. */
export function together<L extends Line>(answers: readonly Answer<L>[]): Answer<L> {
  const sums = answers.map((one) => one.sum ?? null).filter((sum) => sum !== null);
  return {
    count: answers.reduce((count, one) => count + one.count, 0),
    sum: sums.length > 0 ? sums.reduce((sum, one) => sum + one, 0) : null,
    lines: answers.flatMap((one) => one.lines),
  };
}
