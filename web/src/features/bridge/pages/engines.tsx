// The engines beside us: how each one is, where it differs from us, and what heals it.
import { Alert, Badge, Group, SimpleGrid, Stack, Text } from '@mantine/core';
import { keepPreviousData, useQueryClient } from '@tanstack/react-query';
import { lazy, Suspense, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, type Schemas } from '@/api/client';
import { useCan } from '@/api/session';
import { listQuery, useListState } from '@/lib/list-state';
import { ConfirmAction } from '@/ui/action';
import { type Column, DataTable } from '@/ui/data-table';
import { Age, Instant } from '@/ui/day';
import { Facts, Panel } from '@/ui/facts';
import { FormDrawer } from '@/ui/form';
import { StateBadge, stateWord } from '@/ui/state-badge';
import { Empty, Failed, Loading, PageHead } from '@/ui/states';

type Engine = Schemas['EngineView'];
type Finding = Schemas['FindingView'];

const STATES = ['open', 'healed', 'adopted', 'dismissed'];
const NAMES: Record<string, string> = {
  freeradius: 'FreeRADIUS + daloRADIUS',
  inventree: 'InvenTree',
  erpnext: 'ERPNext',
};

const Purchases = lazy(async () => ({ default: (await import('../parts/purchases')).Purchases }));

export function EnginesPage() {
  const { t } = useTranslation('bridge');
  const can = useCan();
  const found = api.useQuery('get', '/api/v1/engines', undefined, { refetchInterval: 15_000 });
  return (
    <>
      <PageHead title={t('engines')} note={t('engines_note')} />
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

type Words = (key: never) => string;

function verdictWords(t: unknown, row: Finding): string {
  const say = t as Words;
  const verdict = say(`verdict_${row.verdict}` as never);
  return row.field ? `${verdict}: ${say(`field_${row.field}` as never)}` : verdict;
}

function FindingView({ finding, done }: { finding: Finding; done: () => void }) {
  const { t } = useTranslation(['bridge', 'common']);
  const queries = useQueryClient();
  const settle = api.useMutation('post', '/api/v1/findings/{id}/settle', {
    meta: { quiet: true },
  });
  const send = async (choice: string) => {
    await settle.mutateAsync({ params: { path: { id: finding.id } }, body: { choice } });
    await queries.invalidateQueries();
    done();
  };
  const stranger = finding.local_id == null;
  const labels: Record<string, string> = {
    adopt: t('adopt'),
    heal: t('heal'),
    dismiss: t('dismiss'),
  };
  // Where the server says what each decision does, only those exist.
  const told = finding.choices.map(({ choice, does }) => [choice, labels[choice] ?? choice, does]);
  const usual = [
    [
      'heal',
      stranger ? t('remove_there') : t('heal'),
      stranger ? t('remove_text') : t('heal_text'),
    ],
    ...(stranger ? [] : [['adopt', t('adopt'), t('adopt_text')]]),
    ['dismiss', t('dismiss'), t('dismiss_text')],
  ];
  const choices = (told.length > 0 ? told : usual) as [string, string, string][];
  return (
    <Stack>
      <Facts
        items={[
          [t('engine'), NAMES[finding.engine] ?? finding.engine],
          [t('record'), t(`subject_${finding.subject}` as never)],
          [t('verdict'), verdictWords(t, finding)],
          [t('ours'), finding.ours],
          [t('theirs'), finding.theirs],
          [t('since'), <Instant key="s" at={finding.first_seen} />],
          [t('last_seen'), <Instant key="l" at={finding.last_seen} />],
          [t('common:state'), <StateBadge key="t" kind="finding" state={finding.state} />],
          [t('settled_by'), finding.settled_by],
          [t('detail'), finding.detail],
        ]}
      />
      {finding.hint && <Alert title={t('what_now')}>{finding.hint}</Alert>}
      {told.map(([choice, label, does]) => (
        <Text size="sm" key={choice}>
          <b>{label}</b>: {does}
        </Text>
      ))}
      <Group>
        {choices.map(([choice, label, text]) => (
          <ConfirmAction
            key={choice}
            verdict={
              finding.can.settle.allowed
                ? { allowed: true }
                : { allowed: false, reason: finding.can.settle.reason ?? '' }
            }
            title={label}
            text={text}
            confirm={label}
            color={choice === 'heal' && stranger && told.length === 0 ? 'red' : 'teal'}
            variant={choice === 'dismiss' ? 'default' : 'filled'}
            onConfirm={() => send(choice)}
          >
            {label}
          </ConfirmAction>
        ))}
      </Group>
    </Stack>
  );
}
