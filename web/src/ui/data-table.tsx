// The one table: server-side search and filters, seek paging, state in the address, keyboard j/k/Enter.
import { Button, Group, Menu, Text, TextInput, Title, UnstyledButton } from '@mantine/core';
import { useDebouncedCallback, useHotkeys } from '@mantine/hooks';
import { type KeyboardEvent, type ReactNode, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { ListState } from '@/lib/list-state';
import { sortedBy, sortNext, type SortWord } from '@/lib/sort';
import classes from './data-table.module.css';
import { Icon } from './icon';
import { Failed, Loading } from './states';

export type Column<Row> = {
  id: string;
  header: string;
  cell: (row: Row) => ReactNode;
  right?: boolean;
  /** The server's word to sort by; with a leading `-` the greatest come first. */
  sort?: SortWord;
  /** Stands before the header. */
  lead?: ReactNode;
  /** Left out on a phone. */
  wideOnly?: boolean;
  /** Stands under the column, computed from the rows shown. */
  total?: (rows: Row[]) => ReactNode;
};

export type Filter = {
  id: string;
  label: string;
  options: { value: string; label: string }[];
};

type Page<Row> = { items: Row[]; next?: string | null };

type Props<Row> = {
  label: string;
  /** Stands over the list where the page's head does not name it. */
  title?: string;
  query: {
    data: Page<Row> | undefined;
    error: unknown;
    isPending: boolean;
    isFetching: boolean;
    refetch: () => unknown;
  };
  columns: Column<Row>[];
  rowKey: (row: Row) => string;
  onOpen?: (row: Row) => void;
  state?: ListState;
  searchable?: string;
  filters?: Filter[];
  empty: ReactNode;
  tools?: ReactNode;
};

/** A list of records; `state` comes from `useListState` when the page's address keeps it. */
export function DataTable<Row>(props: Props<Row>) {
  const { state, query, tools } = props;
  const sorts = state ? props.columns.filter((column) => column.sort) : [];
  const hasFilters = Boolean(
    (state && (props.searchable || props.filters?.length)) || tools || props.title,
  );
  return (
    <section className={classes.frame} aria-label={props.label} aria-busy={query.isFetching}>
      {(hasFilters || sorts.length > 0) && (
        <div className={classes.tools} data-sort-only={!hasFilters || undefined}>
          {props.title && (
            <Title order={2} fz={15} px={8}>
              {props.title}
            </Title>
          )}
          {state && props.searchable && <Search state={state} label={props.searchable} />}
          {state &&
            props.filters?.map((one) => <FilterChip key={one.id} filter={one} state={state} />)}
          {state && sorts.length > 0 && <SortMenu columns={sorts} state={state} />}
          {tools && (
            <Group gap={8} ml="auto">
              {tools}
            </Group>
          )}
        </div>
      )}
      <Body {...props} />
      {state && query.data && <Foot page={query.data} state={state} />}
    </section>
  );
}

function Body<Row>({ query, columns, rowKey, onOpen, empty, state }: Props<Row>) {
  const body = useRef<HTMLTableSectionElement>(null);
  if (query.error) return <Failed error={query.error} again={() => void query.refetch()} />;
  if (query.isPending || !query.data) return <Loading />;
  const rows = query.data.items;
  if (rows.length === 0) return <>{empty}</>;
  const hasTotals = columns.some((column) => column.total);
  return (
    <div className={classes.scroll} tabIndex={onOpen ? undefined : 0}>
      <table className={classes.table}>
        <thead>
          <tr>
            {columns.map((column) => (
              <Head key={column.id} column={column} state={state} />
            ))}
          </tr>
        </thead>
        <tbody ref={body}>
          {rows.map((row, index) => (
            <tr
              key={rowKey(row)}
              className={onOpen ? classes.open : undefined}
              tabIndex={onOpen ? (index === 0 ? 0 : -1) : undefined}
              onClick={onOpen && ((event) => !onControl(event.target) && onOpen(row))}
              onKeyDown={onOpen && ((event) => onRowKey(event, () => onOpen(row)))}
            >
              {columns.map((column) => (
                <td key={column.id} className={className(column)}>
                  {column.cell(row)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
        {hasTotals && (
          <tfoot>
            <tr>
              {columns.map((column) => (
                <td key={column.id} className={className(column)}>
                  {column.total?.(rows)}
                </td>
              ))}
            </tr>
          </tfoot>
        )}
      </table>
      {onOpen && <RowKeys body={body} />}
    </div>
  );
}

const ARIA = { asc: 'ascending', desc: 'descending' } as const;

/** A column's head; a sortable one is a button. */
function Head<Row>({ column, state }: { column: Column<Row>; state?: ListState }) {
  const sort = state && column.sort;
  const way = sort ? sortedBy(state.filters, sort) : null;
  const head = sort ? (
    <UnstyledButton
      className={classes.sort}
      data-way={way ?? undefined}
      onClick={() => state.set(sortNext(state.filters, sort))}
    >
      {column.header}
      <Icon name="down" size={12} />
    </UnstyledButton>
  ) : (
    column.header
  );
  return (
    <th
      className={className(column)}
      scope="col"
      aria-sort={sort ? (way ? ARIA[way] : 'none') : undefined}
    >
      {column.lead ? (
        <span className={classes.lead}>
          {column.lead}
          {head}
        </span>
      ) : (
        head
      )}
    </th>
  );
}

/** j and k anywhere on the page step into the rows. */
function RowKeys({ body }: { body: React.RefObject<HTMLTableSectionElement | null> }) {
  const focusFirst = () => {
    const inside = body.current?.contains(document.activeElement);
    if (!inside) body.current?.querySelector('tr')?.focus();
  };
  useHotkeys([
    ['j', focusFirst],
    ['k', focusFirst],
  ]);
  return null;
}

function onRowKey(event: KeyboardEvent<HTMLTableRowElement>, open: () => void) {
  if (event.target !== event.currentTarget) return;
  const row = event.currentTarget;
  const to = { j: 'next', ArrowDown: 'next', k: 'last', ArrowUp: 'last' }[event.key];
  if (event.key === 'Enter') open();
  else if (to === 'next') (row.nextElementSibling as HTMLElement | null)?.focus();
  else if (to === 'last') (row.previousElementSibling as HTMLElement | null)?.focus();
  else return;
  event.preventDefault();
  event.stopPropagation();
}

/** A click on a link, button or field inside a row is meant for that. */
function onControl(target: EventTarget): boolean {
  return target instanceof Element && target.closest('a,button,input,label') !== null;
}

function className<Row>(column: Column<Row>): string | undefined {
  const names = [column.right && classes.right, column.wideOnly && classes.narrowHidden];
  return names.filter(Boolean).join(' ') || undefined;
}

function Search({ state, label }: { state: ListState; label: string }) {
  const [text, setText] = useState(state.q);
  const [shown, setShown] = useState(state.q);
  const input = useRef<HTMLInputElement>(null);
  const send = useDebouncedCallback((q: string) => state.set({ q }), 250);
  useHotkeys([['/', () => input.current?.focus()]]);
  if (shown !== state.q) {
    // the address changed by itself (back, a link): show what it says
    setShown(state.q);
    if (document.activeElement?.getAttribute('type') !== 'search') setText(state.q);
  }
  return (
    <TextInput
      ref={input}
      className={classes.search}
      type="search"
      size="sm"
      aria-label={label}
      placeholder={label}
      leftSection={<Icon name="search" size={16} />}
      value={text}
      onChange={(event) => {
        setText(event.currentTarget.value);
        send(event.currentTarget.value.trim());
      }}
    />
  );
}

/** On a phone, where a row has no room for every column's head. */
function SortMenu<Row>({ columns, state }: { columns: Column<Row>[]; state: ListState }) {
  const { t } = useTranslation();
  const ways = columns.map((column) => ({
    column,
    way: column.sort ? sortedBy(state.filters, column.sort) : null,
  }));
  const now = ways.find((one) => one.way);
  const arrow = (way: 'asc' | 'desc') => (
    <span className={classes.way} data-way={way}>
      <Icon name="down" size={14} label={t(`sort_${way}`)} />
    </span>
  );
  return (
    <Menu shadow="md" position="bottom-start">
      <Menu.Target>
        <Button
          hiddenFrom="sm"
          size="sm"
          variant={now ? 'light' : 'default'}
          fw={now ? 600 : 400}
          leftSection={<Icon name="sort" size={14} />}
          rightSection={now?.way && arrow(now.way)}
        >
          {now ? now.column.header : t('sort')}
        </Button>
      </Menu.Target>
      <Menu.Dropdown mah={360} style={{ overflowY: 'auto' }}>
        {ways.map(({ column, way }) => (
          <Menu.Item
            key={column.id}
            closeMenuOnClick={false}
            rightSection={way && arrow(way)}
            onClick={() => column.sort && state.set(sortNext(state.filters, column.sort))}
          >
            {column.header}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}

function FilterChip({ filter, state }: { filter: Filter; state: ListState }) {
  const { t } = useTranslation();
  const value = state.filters[filter.id];
  const chosen = filter.options.find((option) => option.value === value);
  return (
    <Group gap={0} wrap="nowrap">
      <Menu shadow="md" position="bottom-start">
        <Menu.Target>
          <Button
            size="sm"
            variant={chosen ? 'light' : 'default'}
            fw={chosen ? 600 : 400}
            rightSection={chosen ? undefined : <Icon name="down" size={14} />}
            style={chosen && { borderStartEndRadius: 0, borderEndEndRadius: 0 }}
          >
            {chosen ? `${filter.label}: ${chosen.label}` : filter.label}
          </Button>
        </Menu.Target>
        <Menu.Dropdown mah={360} style={{ overflowY: 'auto' }}>
          {filter.options.map((option) => (
            <Menu.Item
              key={option.value}
              onClick={() => state.set({ [filter.id]: option.value })}
              rightSection={option.value === value ? <Icon name="check" size={14} /> : undefined}
            >
              {option.label}
            </Menu.Item>
          ))}
        </Menu.Dropdown>
      </Menu>
      {chosen && (
        <Button
          size="sm"
          variant="light"
          px={8}
          aria-label={t('filter_remove', { label: filter.label })}
          onClick={() => state.set({ [filter.id]: null })}
          style={{ borderStartStartRadius: 0, borderEndStartRadius: 0 }}
        >
          <Icon name="close" size={14} />
        </Button>
      )}
    </Group>
  );
}

function Foot<Row>({ page, state }: { page: Page<Row>; state: ListState }) {
  const { t } = useTranslation();
  if (!state.after && !page.next) {
    if (page.items.length === 0) return null;
    return (
      <div className={classes.foot}>
        <Text size="sm" c="dimmed" px={8}>
          {t('rows_all', { rows: page.items.length })}
        </Text>
      </div>
    );
  }
  return (
    <div className={classes.foot}>
      {state.after ? (
        <UnstyledButton onClick={() => state.go(null)} px={8}>
          <Text size="sm" c="teal">
            {t('page_first')}
          </Text>
        </UnstyledButton>
      ) : (
        <Text size="sm" c="dimmed" px={8}>
          {t('rows_first', { rows: page.items.length })}
        </Text>
      )}
      <Group gap={8}>
        <Button
          size="xs"
          variant="default"
          disabled={!state.after}
          leftSection={<Icon name="left" size={14} />}
          onClick={() => globalThis.history.back()}
        >
          {t('page_last')}
        </Button>
        <Button
          size="xs"
          variant="default"
          disabled={!page.next}
          rightSection={<Icon name="right" size={14} />}
          onClick={() => state.go(page.next ?? null)}
        >
          {t('page_next')}
        </Button>
      </Group>
    </div>
  );
}
