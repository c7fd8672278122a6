// Which rows of a list are chosen; they stay chosen while one turns the pages.
import { Checkbox } from '@mantine/core';
import { useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Column } from '../data-table';

export type Chosen = { id: string; name: string };

export type Choice = { rows: Chosen[]; clear: () => void };

/** The choice, and the first column with its boxes. */
export function useChoice<Row>(
  shown: readonly Row[],
  of: (row: Row) => Chosen,
): { choice: Choice; choosing: (column: Column<Row>) => Column<Row> } {
  const { t } = useTranslation('list');
  const [held, hold] = useState<ReadonlyMap<string, Chosen>>(new Map());
  const choice = useMemo(
    () => ({ rows: [...held.values()], clear: () => hold(new Map()) }),
    [held],
  );
  const page = shown.map(of);
  const here = page.filter((row) => held.has(row.id)).length;
  const put = (rows: Chosen[], chosen: boolean) => {
    const next = new Map(held);
    for (const row of rows) {
      if (chosen) next.set(row.id, row);
      else next.delete(row.id);
    }
    hold(next);
  };
  const choosing = (column: Column<Row>): Column<Row> => ({
    ...column,
    lead: (
      // a phone has room for the amounts instead
      <Checkbox
        visibleFrom="sm"
        size="xs"
        aria-label={t('choose_page')}
        checked={here > 0 && here === page.length}
        indeterminate={here > 0 && here < page.length}
        onChange={(event) => put(page, event.currentTarget.checked)}
      />
    ),
    cell: (row) => {
      const one = of(row);
      return (
        <span style={{ display: 'flex', gap: 12, alignItems: 'center' }}>
          <Checkbox
            visibleFrom="sm"
            size="xs"
            aria-label={t('choose', { name: one.name })}
            checked={held.has(one.id)}
            onChange={(event) => put([one], event.currentTarget.checked)}
          />
          <span>{column.cell(row)}</span>
        </span>
      );
    },
  });
  return { choice, choosing };
}
