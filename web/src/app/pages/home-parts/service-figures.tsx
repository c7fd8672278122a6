// Who has internet, how fast it opens, and what is installed.
import { useTranslation } from 'react-i18next';
import { api, type Schemas } from '@/api/client';
import { formatDay, formatMonth, formatPeriod, formatTook } from '@/lib/day';
import { groupDigits } from '@/lib/money';
import { path } from '@/lib/path';
import { useLang } from '@/locales';
import { Chart } from '@/ui/chart/chart';
import { ChartCard } from '@/ui/chart/chart-card';
import { shortNumber } from '@/ui/chart/scale';
import { STALE } from './money-figures';

type LifeMonth = Schemas['LifeMonthView'];
type Reopened = Schemas['ReopenedWeek'];
type Installs = Schemas['InstallsWeek'];

const ACTIVE = 'var(--mantine-primary-color-filled)';
const ISOLATED = 'var(--mantine-color-amber-5)';

export function LifeFigure() {
  const { t } = useTranslation('figures');
  const lang = useLang();
  const query = api.useQuery('get', '/api/v1/figures/subscriptions', undefined, STALE);
  const says = ({ active, isolated }: LifeMonth) =>
    t('life_says', { active: groupDigits(active), isolated: groupDigits(isolated) });
  /** Rows stand only behind what is so now. */
  const to = (months: LifeMonth[], at: number) =>
    at === months.length - 1 ? path.customers('active') : undefined;
  return (
    <ChartCard
      title={t('life')}
      query={query}
      says={({ months }) => {
        const now = months.at(-1);
        return now ? <b>{says(now)}</b> : null;
      }}
      chart={({ months }) => (
        <Chart
          label={t('life')}
          kind="upon"
          series={[
            { name: t('active'), color: ACTIVE },
            { name: t('isolated'), color: ISOLATED },
          ]}
          places={months.map((month, at) => ({
            label: monthOf(month.from, lang),
            said: `${formatMonth(month.from, lang)}: ${says(month)}`,
            to: to(months, at),
            values: [month.active, month.isolated],
          }))}
          tick={(value) => shortNumber(value, lang)}
        />
      )}
      twin={({ months }) => ({
        head: [t('month'), t('active'), t('isolated'), t('started'), t('ended')],
        rows: months.map((month, at) => ({
          name: formatMonth(month.from, lang),
          to: to(months, at),
          cells: [month.active, month.isolated, month.started, month.ended].map(groupDigits),
        })),
      })}
    />
  );
}

/** `2026-11-01` → `Nov`. */
function monthOf(day: string, lang: 'id' | 'en'): string {
  return formatDay(day, lang).split(' ')[1] ?? day;
}

/** `2026-11-23` → `23 Nov`. */
function dayOf(day: string, lang: 'id' | 'en'): string {
  return formatDay(day, lang).split(' ').slice(0, 2).join(' ');
}

export function ReopenedFigure() {
  const { t } = useTranslation('figures');
  const lang = useLang();
  const query = api.useQuery('get', '/api/v1/figures/reopened', undefined, STALE);
  const took = (ms: number | null | undefined) => formatTook(ms, lang);
  const to = (week: Reopened) => path.timings({ from: week.from_at, to: week.until_at });
  const inSeconds = (ms: number | null | undefined) => (ms ?? 0) / 1000;
  return (
    <ChartCard
      title={t('reopened')}
      query={query}
      says={({ weeks }) => {
        const now = weeks.at(-1);
        if (!now) return null;
        const [median, p95] = [took(now.median_ms), took(now.p95_ms)];
        return (
          <>
            <b>{now.count > 0 ? t('reopened_says', { median, p95 }) : t('reopened_none')}</b>
            {now.waiting > 0 && (
              <span className="quiet"> · {t('reopened_waiting', { n: now.waiting })}</span>
            )}
          </>
        );
      }}
      chart={({ weeks }) => (
        <Chart
          label={t('reopened')}
          kind="beside"
          series={[
            { name: t('median'), color: ACTIVE },
            { name: t('p95'), color: 'var(--quiet)' },
          ]}
          places={weeks.map((week) => ({
            label: dayOf(week.from, lang),
            said: `${formatPeriod(week.from, week.to, lang)}: ${t('median')} ${took(week.median_ms)}, ${t('p95')} ${took(week.p95_ms)}, ${t('count')} ${week.count}`,
            to: to(week),
            values: [inSeconds(week.median_ms), inSeconds(week.p95_ms)],
          }))}
          tick={(value) => t('seconds', { n: shortNumber(value, lang) })}
        />
      )}
      twin={({ weeks }) => ({
        head: [t('week'), t('count'), t('median'), t('p95')],
        rows: weeks.map((week) => ({
          name: formatPeriod(week.from, week.to, lang),
          to: to(week),
          cells: [groupDigits(week.count), took(week.median_ms), took(week.p95_ms)],
        })),
      })}
    />
  );
}

export function InstallsFigure() {
  const { t } = useTranslation('figures');
  const lang = useLang();
  const query = api.useQuery('get', '/api/v1/figures/installs', undefined, STALE);
  const to = (week: Installs) =>
    path.workOrders({ kind: 'install', done_from: week.from_at, done_until: week.until_at });
  return (
    <ChartCard
      title={t('installs')}
      query={query}
      says={({ weeks }) => {
        const now = weeks.at(-1);
        return now ? <b>{t('installs_says', { ordered: now.ordered, done: now.done })}</b> : null;
      }}
      chart={({ weeks }) => (
        <Chart
          label={t('installs')}
          kind="beside"
          series={[
            { name: t('ordered'), color: 'var(--quiet)' },
            { name: t('done'), color: ACTIVE },
          ]}
          places={weeks.map((week) => ({
            label: dayOf(week.from, lang),
            said: `${formatPeriod(week.from, week.to, lang)}: ${t('ordered')} ${week.ordered}, ${t('done')} ${week.done}`,
            to: to(week),
            values: [week.ordered, week.done],
          }))}
          tick={(value) => shortNumber(value, lang)}
        />
      )}
      twin={({ weeks }) => ({
        head: [t('week'), t('ordered'), t('done')],
        rows: weeks.map((week) => ({
          name: formatPeriod(week.from, week.to, lang),
          to: to(week),
          cells: [groupDigits(week.ordered), groupDigits(week.done)],
        })),
      })}
    />
  );
}
