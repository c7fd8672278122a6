// What was before: drawers, handovers, and what went through the safe.
import { Group } from '@mantine/core';
import { keepPreviousData } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { api } from '@/api/client';
import { type ListState, useListState } from '@/lib/list-state';
import { file } from '@/lib/path';
import { keyed } from '@/lib/request-key';
import { ConfirmAction } from '@/ui/action';
import { DataTable } from '@/ui/data-table';
import { Instant } from '@/ui/day';
import { ButtonFile } from '@/ui/link';
import { Money } from '@/ui/money';
import { SectionTabs } from '@/ui/section-tabs';
import { Empty } from '@/ui/states';

const VIEWS = { drawers: Drawers, handovers: Handovers, safe: SafeMoves } as const;
type View = keyof typeof VIEWS;

/** The account of the safe in the books. */
const SAFE = '1104';

export function CashHistory() {
  const { t } = useTranslation('cash');
  const state = useListState();
  const asked = state.filters.view as View | undefined;
  const view: View = asked && asked in VIEWS ? asked : 'drawers';
  const Shown = VIEWS[view];
  return (
    <div>
      <SectionTabs
        mb={8}
        label={t('history')}
        value={view}
        tabs={(Object.keys(VIEWS) as View[]).map((one) => ({
          value: one,
          label: t(`history_${one}`),
        }))}
        onChange={(to) => state.set({ view: to })}
      />
      <Shown state={state} />
    </div>
  );
}

function asked(state: ListState) {
  return { ...(state.after ? { after: state.after } : {}), limit: 25 };
}

function Drawers({ state }: { state: ListState }) {
  const { t } = useTranslation('cash');
  const list = api.useQuery(
    'get',
    '/api/v1/cash/drawers',
    { params: { query: asked(state) } },
    { placeholderData: keepPreviousData },
  );
  const accept = api.useMutation('post', '/api/v1/cash/drawers/{id}/accept', {
    meta: { quiet: true },
  });
  return (
    <DataTable
      label={t('drawers')}
      query={list}
      state={state}
      rowKey={(row) => row.id}
      columns={[
        {
          id: 'number',
          header: t('drawer'),
          cell: (row) => (
            <>
              <b className="serial">{row.number}</b>
              <div className="quiet">{row.cashier}</div>
            </>
          ),
        },
        { id: 'state', header: t('state'), cell: (row) => t(`state_${row.state}` as never) },
        {
          id: 'opened',
          header: t('opened_at'),
          wideOnly: true,
          cell: (row) => <Instant at={row.opened_at} />,
        },
        {
          id: 'expected',
          header: t('expected'),
          right: true,
          wideOnly: true,
          cell: (row) => <Money amount={row.expected} />,
        },
        {
          id: 'counted',
          header: t('counted'),
          right: true,
          wideOnly: true,
          cell: (row) => (row.counted == null ? '–' : <Money amount={row.counted} />),
        },
        {
          id: 'difference',
          header: t('difference'),
          right: true,
          cell: (row) => (row.difference ? <Money amount={row.difference} tone="owed" /> : '–'),
        },
        {
          id: 'act',
          header: '',
          right: true,
          cell: (row) => (
            <Group gap={8} justify="flex-end" wrap="nowrap">
              {row.state === 'counted' && (
                <ConfirmAction
                  size="compact-sm"
                  verdict={
                    row.can.accept.allowed
                      ? { allowed: true }
                      : { allowed: false, reason: row.can.accept.reason ?? '' }
                  }
                  title={t('accept')}
                  text={
                    <>
                      {t('accept_text')} <Money amount={row.difference ?? 0} bold />
                      <br />
                      {row.why}
                    </>
                  }
                  confirm={t('accept')}
                  onConfirm={(_, key) =>
                    accept.mutateAsync({ params: { path: { id: row.id } }, ...keyed(key) })
                  }
                >
                  {t('accept')}
                </ConfirmAction>
              )}
              <ButtonFile size="compact-sm" variant="default" href={file.drawer(row.id)}>
                {t('print')}
              </ButtonFile>
            </Group>
          ),
        },
      ]}
      empty={<Empty icon="cash" title={t('drawers_empty')} hint={t('drawers_empty_hint')} />}
    />
  );
}

function Handovers({ state }: { state: ListState }) {
  const { t } = useTranslation('cash');
  const list = api.useQuery(
    'get',
    '/api/v1/cash/handovers',
    { params: { query: asked(state) } },
    { placeholderData: keepPreviousData },
  );
  return (
    <DataTable
      label={t('history_handovers')}
      query={list}
      state={state}
      rowKey={(row) => row.id}
      columns={[
        {
          id: 'number',
          header: t('history_handovers'),
          cell: (row) => (
            <>
              <b className="serial">{row.number}</b>
              <div className="quiet">{row.collector}</div>
            </>
          ),
        },
        { id: 'at', header: t('at'), wideOnly: true, cell: (row) => <Instant at={row.at} /> },
        {
          id: 'by',
          header: t('received_by'),
          wideOnly: true,
          cell: (row) => (
            <>
              {row.received_by}
              <div className="quiet serial">{row.drawer_number}</div>
            </>
          ),
        },
        { id: 'note', header: t('note'), wideOnly: true, cell: (row) => row.note ?? '–' },
        {
          id: 'left',
          header: t('still_held'),
          right: true,
          wideOnly: true,
          cell: (row) => <Money amount={row.left} />,
        },
        {
          id: 'amount',
          header: t('amount'),
          right: true,
          cell: (row) => <Money amount={row.amount} bold />,
        },
        {
          id: 'act',
          header: '',
          right: true,
          cell: (row) => (
            <ButtonFile size="compact-sm" variant="default" href={file.handover(row.id)}>
              {t('print')}
            </ButtonFile>
          ),
        },
      ]}
      empty={<Empty icon="cash" title={t('handovers_empty')} hint={t('handovers_empty_hint')} />}
    />
  );
}

function SafeMoves({ state }: { state: ListState }) {
  const { t } = useTranslation('cash');
  const list = api.useQuery(
    'get',
    '/api/v1/ledger/entries',
    { params: { query: { ...asked(state), account: SAFE } } },
    { placeholderData: keepPreviousData },
  );
  return (
    <DataTable
      label={t('history_safe')}
      query={list}
      state={state}
      rowKey={(row) => row.id}
      columns={[
        { id: 'at', header: t('at'), cell: (row) => <Instant at={row.at} /> },
        {
          id: 'what',
          header: t('other_side'),
          cell: (row) =>
            row.postings
              .filter((one) => one.account !== SAFE)
              .map((one) => one.name)
              .join(', '),
        },
        {
          id: 'amount',
          header: t('amount'),
          right: true,
          cell: (row) => {
            const sum = row.postings
              .filter((one) => one.account === SAFE)
              .reduce((all, one) => all + one.amount, 0);
            return <Money amount={sum} bold tone={sum > 0 ? 'in' : 'plain'} />;
          },
        },
      ]}
      empty={<Empty icon="cash" title={t('safe_moves_empty')} hint={t('safe_moves_empty_hint')} />}
    />
  );
}
