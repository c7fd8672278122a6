import { Select, Stack, Table, Text, Title } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, type Schemas } from '@/api/client';
import { formatBytes } from '@/lib/bytes';
import { formatMonth, plusDays } from '@/lib/day';
import { useLang } from '@/locales';
import { Day } from '@/ui/day';
import { Empty, Failed, Loading } from '@/ui/states';
import classes from '../portal.module.css';

type UsageDay = Schemas['PortalUsageDay'];

export function PortalUsagePage() {
  const { t } = useTranslation('portal');
  const home = api.useQuery('get', '/api/v1/portal/home');
  const [chosen, setChosen] = useState<string | null>(null);
  const lines = home.data?.lines ?? [];
  const line = chosen ?? lines[0]?.id ?? '';
  const usage = api.useQuery(
    'get',
    '/api/v1/portal/subscriptions/{id}/usage',
    { params: { path: { id: line }, query: { days: 186 } } },
    { enabled: line !== '' },
  );
  if (home.isPending || (line !== '' && usage.isPending)) return <Loading />;
  const error = home.error ?? usage.error;
  if (error) return <Failed error={error} again={() => void usage.refetch()} />;
  const days = usage.data?.days ?? [];
  return (
    <Stack>
      <Title order={1}>{t('nav_usage')}</Title>
      {lines.length > 1 && (
        <Select
          label={t('connection')}
          data={lines.map((one) => ({ value: one.id, label: `${one.plan} · ${one.number}` }))}
          value={line}
          onChange={setChosen}
          allowDeselect={false}
        />
      )}
      {days.length === 0 || !usage.data ? (
        <Empty icon="network" title={t('usage_empty')} hint={t('usage_empty_hint')} />
      ) : (
        <>
          <Text fw={600}>{t('usage_days')}</Text>
          <Bars days={days} to={usage.data.to} />
          <Months days={days} />
        </>
      )}
    </Stack>
  );
}

/** The last 31 days as bars; its numbers stand in the table below. */
function Bars({ days, to }: { days: UsageDay[]; to: string }) {
  const { t } = useTranslation('portal');
  const of = new Map(days.map((one) => [one.day, one.bytes_down + one.bytes_up]));
  const shown = Array.from({ length: 31 }, (_, n) => {
    const day = plusDays(to, n - 30);
    return { day, bytes: of.get(day) ?? 0 };
  });
  const most = Math.max(1, ...shown.map((one) => one.bytes));
  return (
    <>
      <svg className={classes.chart} viewBox="0 0 310 100" role="img" preserveAspectRatio="none">
        <title>{t('usage_days')}</title>
        {shown.map((one, n) => {
          const height = (96 * one.bytes) / most;
          return (
            <rect
              key={one.day}
              x={n * 10 + 1}
              y={100 - height}
              width={8}
              height={height}
              rx={1}
              fill="var(--mantine-primary-color-filled)"
            >
              <title>{`${one.day}: ${formatBytes(one.bytes)}`}</title>
            </rect>
          );
        })}
      </svg>
      <Table>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{t('day')}</Table.Th>
            <Table.Th ta="right">{t('down')}</Table.Th>
            <Table.Th ta="right">{t('up')}</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {days
            .slice(-7)
            .reverse()
            .map((one) => (
              <Table.Tr key={one.day}>
                <Table.Td>
                  <Day day={one.day} />
                </Table.Td>
                <Table.Td ta="right">{formatBytes(one.bytes_down)}</Table.Td>
                <Table.Td ta="right">{formatBytes(one.bytes_up)}</Table.Td>
              </Table.Tr>
            ))}
        </Table.Tbody>
      </Table>
    </>
  );
}

function Months({ days }: { days: UsageDay[] }) {
  const { t } = useTranslation('portal');
  const lang = useLang();
  const months = new Map<string, { down: number; up: number }>();
  for (const one of days) {
    const key = one.day.slice(0, 7);
    const sum = months.get(key) ?? { down: 0, up: 0 };
    months.set(key, { down: sum.down + one.bytes_down, up: sum.up + one.bytes_up });
  }
  return (
    <Stack gap="xs">
      <Text fw={600}>{t('usage_months')}</Text>
      {[...months].reverse().map(([month, sum]) => (
        <div key={month}>
          <Text>{formatMonth(`${month}-01`, lang)}</Text>
          <Text size="sm" c="dimmed">
            {t('usage_sum', {
              all: formatBytes(sum.down + sum.up),
              down: formatBytes(sum.down),
              up: formatBytes(sum.up),
            })}
          </Text>
        </div>
      ))}
    </Stack>
  );
}
