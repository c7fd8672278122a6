// What comes in, and what is late.
import { useTranslation } from 'react-i18next';
import { api, type Schemas } from '@/api/client';
import { useZone } from '@/api/session';
import { formatDay, plusDays, startOf } from '@/lib/day';
import { formatMoney, groupDigits } from '@/lib/money';
import { path } from '@/lib/path';
import { useLang } from '@/locales';
import { Chart, type Place } from '@/ui/chart/chart';
import { ChartCard } from '@/ui/chart/chart-card';
import { runningSum, shortNumber } from '@/ui/chart/scale';
import { Money } from '@/ui/money';

type MoneyData = Schemas['MoneyFigures'];
type Bucket = Schemas['AgingBucket'];

export const STALE = { staleTime: 5 * 60_000 };

type Day = { n: number; now: number | null; before: number | null; on: string | null };

/** Both months day by day, summed up. */
function days(data: MoneyData): Day[] {
  const { this_month: here, last_month: last } = data;
  const whole = Array.from({ length: Math.max(here.length, last.length) }, (_, at) => at);
  const now = runningSum(whole.map((at) => here[at]?.amount ?? null));
  const before = runningSum(whole.map((at) => last[at]?.amount ?? null));
  return whole.map((at) => ({
    n: at + 1,
    now: now[at] ?? null,
    before: before[at] ?? null,
    on: here[at]?.on ?? null,
  }));
}

export function CollectionFigure() {
  const { t } = useTranslation('figures');
  const lang = useLang();
  const zone = useZone();
  const query = api.useQuery(
    'get',
    '/api/v1/figures/money',
    { params: { query: { months: 2 } } },
    STALE,
  );
  const series = [
    { name: t('this_month'), color: 'var(--mantine-color-money-filled)' },
    { name: t('last_month'), color: 'var(--quiet)', dashed: true },
  ];
  /** The payments of this month's day. */
  const to = (on: string | null) =>
    on
      ? path.payments({
          state: 'settled',
          from: startOf(on, zone),
          until: startOf(plusDays(on, 1), zone),
        })
      : undefined;
  const amount = (value: number | null) => (value === null ? '–' : formatMoney(value));
  const places = (data: MoneyData): Place[] =>
    days(data).map((day) => ({
      label: String(day.n),
      said: `${day.n}: ${t('this_month')} ${amount(day.now)}, ${t('last_month')} ${amount(day.before)}`,
      to: to(day.on),
      values: [day.now, day.before],
    }));
  return (
    <ChartCard
      title={t('collection')}
      query={query}
      says={(data) => <Collected data={data} />}
      chart={(data) => (
        <Chart
          label={t('collection')}
          kind="lines"
          series={series}
          places={places(data)}
          tick={(value) => shortNumber(value, lang)}
        />
      )}
      twin={(data) => ({
        head: [t('day'), t('this_month'), t('last_month')],
        rows: days(data).map((day) => ({
          name: String(day.n),
          to: to(day.on),
          cells: [amount(day.now), amount(day.before)],
        })),
      })}
    />
  );
}

/** What came in until today, and against the same date of last month. */
function Collected({ data }: { data: MoneyData }) {
  const { t } = useTranslation('figures');
  const all = days(data);
  const today = all[data.this_month.length - 1];
  const now = today?.now ?? 0;
  const before = today?.before ?? all[data.last_month.length - 1]?.before ?? 0;
  const percent = before > 0 ? Math.round((100 * (now - before)) / before) : null;
  return (
    <>
      <b>{t('collection_says', { now: formatMoney(now) })}</b>
      {percent !== null && (
        <span className="quiet">
          {' · '}
          {t('collection_than', { percent: `${percent > 0 ? '+' : ''}${percent}%` })}
        </span>
      )}
    </>
  );
}

export function AgingFigure() {
  const { t } = useTranslation('figures');
  const lang = useLang();
  const query = api.useQuery('get', '/api/v1/figures/aging', undefined, STALE);
  const to = (bucket: Bucket) =>
    path.invoices({
      state: 'open',
      due_from: bucket.due_from ?? undefined,
      due_to: bucket.due_to ?? undefined,
    });
  const names = [
    t('not_due'),
    t('age_to', { from: 1, to: 30 }),
    t('age_to', { from: 31, to: 60 }),
    t('age_to', { from: 61, to: 90 }),
    t('age_over', { days: 90 }),
  ];
  const until = (bucket: Bucket) => (bucket.due_to ? ` (≤ ${formatDay(bucket.due_to, lang)})` : '');
  return (
    <ChartCard
      title={t('aging')}
      query={query}
      says={({ buckets }) => {
        const late = buckets.slice(1).reduce((sum, bucket) => sum + bucket.sum, 0);
        return <b>{late > 0 ? t('aging_says', { sum: formatMoney(late) }) : t('aging_none')}</b>;
      }}
      chart={({ buckets }) => (
        <Chart
          label={t('aging')}
          kind="beside"
          series={[{ name: t('owed'), color: 'var(--mantine-color-red-filled)' }]}
          places={buckets.map((bucket, at) => ({
            // five have room on a phone: days are enough below a bar
            label: [t('not_yet'), '1–30', '31–60', '61–90', '> 90'][at] ?? '',
            said: `${names[at]}${until(bucket)}: ${formatMoney(bucket.sum)}, ${bucket.count} ${t('invoices')}`,
            to: to(bucket),
            values: [bucket.sum],
          }))}
          tick={(value) => shortNumber(value, lang)}
        />
      )}
      twin={({ buckets }) => ({
        head: [t('age'), t('invoices'), t('owed')],
        rows: buckets.map((bucket, at) => ({
          name: names[at] ?? '',
          to: to(bucket),
          cells: [groupDigits(bucket.count), <Money key="sum" amount={bucket.sum} />],
        })),
      })}
    />
  );
}
