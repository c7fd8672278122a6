// From paid to online: how long changes of access took to reach the routers.
import { Alert, SegmentedControl, SimpleGrid, Stack, Table, Text } from '@mantine/core';
import { keepPreviousData } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, type Schemas } from '@/api/client';
import { useToday, useZone } from '@/api/session';
import { plusDays, startOf, formatTook } from '@/lib/day';
import { groupDigits } from '@/lib/money';
import { useListState } from '@/lib/list-state';
import { path } from '@/lib/path';
import { useLang } from '@/locales';
import { Instant } from '@/ui/day';
import { Figure, Panel } from '@/ui/facts';
import { Icon } from '@/ui/icon';
import { To } from '@/ui/link';
import { Failed, Loading } from '@/ui/states';
import { NetworkHead } from '../parts/network-head';

const SPANS = { '1': 0, '7': 6, '30': 29 } as const;
type Span = keyof typeof SPANS;

export function TimingsPage() {
  const { t } = useTranslation('network');
  const today = useToday();
  const zone = useZone();
  const [span, setSpan] = useState<Span>('1');
  const state = useListState();
  const asked = { from: state.filters.from, to: state.filters.to };
  const given = Boolean(asked.from && asked.to);
  const from = startOf(plusDays(today, -SPANS[span]), zone);
  const found = api.useQuery(
    'get',
    '/api/v1/access/timings',
    { params: { query: given ? asked : { from } } },
    { refetchInterval: 30_000, placeholderData: keepPreviousData },
  );
  return (
    <>
      <NetworkHead at="timings" />
      <Stack>
        <SegmentedControl
          aria-label={t('timings')}
          style={{ alignSelf: 'flex-start' }}
          value={given ? '' : span}
          onChange={(value) => {
            setSpan(value as Span);
            state.set({ from: null, to: null });
          }}
          data={[
            { value: '1', label: t('span_1') },
            { value: '7', label: t('span_7') },
            { value: '30', label: t('span_30') },
          ]}
        />
        {found.error && <Failed error={found.error} again={() => void found.refetch()} />}
        {found.isPending && <Loading rows={4} />}
        {found.data && <Figures found={found.data} />}
      </Stack>
    </>
  );
}

function Figures({ found }: { found: Schemas['TimingsView'] }) {
  const { t } = useTranslation('network');
  const lang = useLang();
  const took = (ms: number | null | undefined) => formatTook(ms, lang);
  const rows = [
    [t('timing_acked'), found.acked],
    [t('timing_enforced'), found.enforced],
  ] as const;
  return (
    <Stack>
      <Panel>
        <SimpleGrid cols={{ base: 2, md: 4 }}>
          <Figure label={t('timing_changes')} value={groupDigits(found.changes)} />
          <Figure
            label={t('timing_waiting')}
            value={<To to={path.notEnforced()}>{groupDigits(found.waiting)}</To>}
          />
          <Figure label={t('timing_median')} value={took(found.acked.median_ms)} />
          <Figure label={t('timing_p95')} value={took(found.acked.p95_ms)} />
        </SimpleGrid>
      </Panel>
      <Panel title={t('timings')} flush>
        <div style={{ overflowX: 'auto' }} tabIndex={0}>
          <Table horizontalSpacing={12}>
            <Table.Thead>
              <Table.Tr>
                <Table.Th />
                <Table.Th className="num">{t('timing_count')}</Table.Th>
                <Table.Th className="num">{t('timing_half')}</Table.Th>
                <Table.Th className="num">{t('timing_p95_short')}</Table.Th>
                <Table.Th className="num" visibleFrom="sm">
                  {t('timing_max')}
                </Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {rows.map(([label, spread]) => (
                <Table.Tr key={label}>
                  <Table.Td>{label}</Table.Td>
                  <Table.Td className="num">{groupDigits(spread.count)}</Table.Td>
                  <Table.Td className="num">{took(spread.median_ms)}</Table.Td>
                  <Table.Td className="num">{took(spread.p95_ms)}</Table.Td>
                  <Table.Td className="num" visibleFrom="sm">
                    {took(spread.max_ms)}
                  </Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </div>
      </Panel>
      <Text size="sm" c="dimmed" component="div">
        {t('timing_note')} <Instant at={found.from} /> – <Instant at={found.to} />
      </Text>
      {found.is_cut && (
        <Alert color="amber" icon={<Icon name="warning" />}>
          {t('timing_cut')}
        </Alert>
      )}
    </Stack>
  );
}
