// The engines beside us: how each one is, where it differs from us, and what heals it.
import { Alert, Badge, Group, SimpleGrid, Stack, Text } from '@mantine/core';
import { keepPreviousData } from '@tanstack/react-query';
import { lazy, Suspense, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, type Schemas } from '@/api/client';
import { useCan } from '@/api/session';
import { listQuery, useListState } from '@/lib/list-state';
import { path } from '@/lib/path';
import { type Column, DataTable } from '@/ui/data-table';
import { Age, Instant } from '@/ui/day';
import { Facts, Panel } from '@/ui/facts';
import { FormDrawer } from '@/ui/form';
import { ButtonTo } from '@/ui/link';
import { StateBadge, stateWord } from '@/ui/state-badge';
import { Empty, Failed, Loading, PageHead } from '@/ui/states';
import { FindingView, NAMES, verdictWords } from '../parts/finding';

type Engine = Schemas['EngineView'];
type Finding = Schemas['FindingView'];

const STATES = ['open', 'healed', 'adopted', 'dismissed'];
const Purchases = lazy(async () => ({ default: (await import('../parts/purchases')).Purchases }));

export function EnginesPage() {
  const { t } = useTranslation('bridge');
  const can = useCan();
  const found = api.useQuery('get', '/api/v1/engines', undefined, { refetchInterval: 15_000 });
  return (
    <>
      <PageHead title={t('engines')} note={t('engines_note')}>
        <ButtonTo to={path.proof()}>{t('proof')}</ButtonTo>
      </PageHead>
      {found.error && <Failed error={found.error} again={() => void found.refetch()} />}
      {found.isPending && <Loading rows={3} />}
      {found.data?.items.length === 0 && (
        <Empty icon="network" title={t('engines_empty')} hint={t('engines_empty_hint')} />
      )}
      <Stack>
        <SimpleGrid cols={{ base: 1, md: 2, xl: 3 }}>
          {found.data?.items.map((engine) => (
            <EngineCard key={engine.engine} engine={engine} />
          ))}
        </SimpleGrid>
        <Findings />
        {can('stock_read').allowed && found.data?.items.some((one) => one.engine === 'erpnext') && (
          <Suspense>
            <Purchases />
          </Suspense>
        )}
      </Stack>
    </>
  );
}

/** What a comparison counted, as the server tells it. */
type Compared = { compared?: number; equal?: number; parts?: number };

function EngineCard({ engine }: { engine: Engine }) {
  const { t } = useTranslation(['bridge', 'common']);
  const attached = engine.state === 'attached';
  const compared = (engine.compared ?? null) as Compared | null;
  const tone = !attached ? 'gray' : engine.reachable ? 'teal' : 'red';
  const word = !attached ? t('detached') : engine.reachable ? t('reachable') : t('unreachable');
  return (
    <Panel
      title={NAMES[engine.engine] ?? engine.engine}
      tools={
        <Badge color={tone} variant="light" tt="none">
          {word}
        </Badge>
      }
    >
      <Stack>
        {engine.last_error && (
          <Alert color="red" title={t('last_error')}>
            {engine.last_error}
          </Alert>
        )}
        <Facts
          items={[
            [t('address'), String(engine.settings.address ?? '–')],
            [t('version'), engine.version],
            [t('last_ok'), <Instant key="o" at={engine.last_ok_at} />],
            [t('lag'), engine.lag_ms == null ? null : `${engine.lag_ms} ms`],
            [
              t('waiting'),
              <Group key="w" gap="xs">
                <Text span>{engine.waiting}</Text>
                {engine.oldest_waiting_at && <Age since={engine.oldest_waiting_at} />}
              </Group>,
            ],
            [
              t('empty_in'),
              engine.empty_in_secs == null ? null : <EmptyIn key="e" secs={engine.empty_in_secs} />,
            ],
            [t('refused'), engine.refused],
            [t('open_findings'), engine.open_findings],
            [
              t('last_comparison'),
              compared
                ? t('compared_equal', { equal: compared.equal ?? 0, all: compared.compared ?? 0 })
                : null,
            ],
          ]}
        />
      </Stack>
    </Panel>
  );
}

/** When all that waits is told, at the rate that was measured. */
function EmptyIn({ secs }: { secs: number }) {
  const { t } = useTranslation('bridge');
  if (secs === 0) return <>{t('empty_now')}</>;
  return (
    <>
      {secs < 120
        ? t('empty_secs', { count: secs })
        : t('empty_mins', { count: Math.ceil(secs / 60) })}
    </>
  );
}

function Findings() {
  const { t } = useTranslation(['bridge', 'common']);
  const state = useListState();
  const [opened, open] = useState<Finding | null>(null);
  const list = api.useQuery(
    'get',
    '/api/v1/findings',
    { params: { query: listQuery(state) } },
    { placeholderData: keepPreviousData, refetchInterval: 15_000 },
  );
  const columns: Column<Finding>[] = [
    {
      id: 'what',
      header: t('record'),
      cell: (row) => (
        <>
          <b>{row.external_id ?? row.local_id}</b>
          <div className="quiet">{t(`subject_${row.subject}` as never)}</div>
        </>
      ),
    },
    { id: 'verdict', header: t('verdict'), cell: (row) => verdictWords(t, row) },
    { id: 'ours', header: t('ours'), wideOnly: true, cell: (row) => row.ours ?? '–' },
    { id: 'theirs', header: t('theirs'), wideOnly: true, cell: (row) => row.theirs ?? '–' },
    {
      id: 'state',
      header: t('common:state'),
      cell: (row) => <StateBadge kind="finding" state={row.state} />,
    },
    {
      id: 'since',
      header: t('since'),
      right: true,
      cell: (row) => <Instant at={row.first_seen} />,
    },
  ];
  return (
    <>
      <DataTable
        label={t('findings')}
        query={list}
        columns={columns}
        rowKey={(row) => row.id}
        onOpen={open}
        state={state}
        filters={[
          {
            id: 'state',
            label: t('common:state'),
            options: STATES.map((value) => ({ value, label: stateWord('finding', value) })),
          },
          {
            id: 'engine',
            label: t('engine'),
            options: Object.entries(NAMES).map(([value, label]) => ({ value, label })),
          },
        ]}
        empty={<Empty icon="check" title={t('findings_empty')} hint={t('findings_empty_hint')} />}
      />
      <FormDrawer
        opened={opened != null}
        close={() => open(null)}
        title={opened?.external_id ?? t('finding')}
      >
        {opened && <FindingView finding={opened} done={() => open(null)} />}
      </FormDrawer>
    </>
  );
}
