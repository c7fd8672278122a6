// What needs me today: counts that open their rows, and the few things this role does most.
import { Group, Stack, Text } from '@mantine/core';
import { Link, Navigate } from '@tanstack/react-router';
import { lazy, Suspense } from 'react';
import { useTranslation } from 'react-i18next';
import { api } from '@/api/client';
import { useMe, useToday } from '@/api/session';
import { holds, holdsAny } from '@/lib/can';
import { formatDay } from '@/lib/day';
import { groupDigits } from '@/lib/money';
import { path, target } from '@/lib/path';
import { afterShown } from '@/lib/shown';
import { useLang } from '@/locales';
import { Icon } from '@/ui/icon';
import { ButtonTo } from '@/ui/link';
import { Money } from '@/ui/money';
import { Empty, Failed, Loading, PageHead } from '@/ui/states';
import { CARDS, QUICK, TODAY } from '../home-cards';
import { worksAsReseller, worksInField } from '../nav';
import classes from './home.module.css';

/** Charts come after the counts, for those whose figures they are. */
const Figures = lazy(async () => {
  await afterShown();
  return { default: (await import('./home-parts/figures')).Figures };
});

/** What only some roles see comes for them alone. */
const DrawerCard = lazy(async () => ({
  default: (await import('@/features/billing/parts/drawer-card')).DrawerCard,
}));
const PeopleTable = lazy(async () => ({
  default: (await import('@/features/identity/parts/people-table')).PeopleTable,
}));

export function HomePage() {
  const { t } = useTranslation();
  const me = useMe();
  const today = useToday();
  const lang = useLang();
  const board = api.useQuery('get', '/api/v1/dashboard', undefined, {
    refetchInterval: 30_000,
    enabled: !worksAsReseller(me),
  });
  if (worksAsReseller(me)) return <Navigate to={path.partner()} replace />;
  if (worksInField(me)) return <Navigate to={path.jobs()} replace />;
  const quick = QUICK.filter((one) => holdsAny(me, [one.permission]));
  const counts = board.data?.counts ?? {};
  const sums = board.data?.sums ?? {};
  const cards = CARDS.filter((card) => counts[card.key] !== undefined);
  return (
    <Stack>
      <PageHead
        title={t('hello', { name: me.name.split(' ')[0] ?? '' })}
        note={formatDay(today, lang)}
      >
        {quick.map((one) => (
          <ButtonTo
            key={one.key}
            to={one.to}
            variant="default"
            leftSection={<Icon name={one.icon} size={16} />}
          >
            {t(one.key)}
          </ButtonTo>
        ))}
      </PageHead>
      {board.isPending && <Loading rows={4} />}
      {board.error && <Failed error={board.error} again={() => void board.refetch()} />}
      {board.data && cards.length === 0 && (
        <Empty icon="check" title={t('nothing_waits')} hint={t('nothing_waits_hint')} />
      )}
      {holds(me, 'payment_write') && (
        <Suspense fallback={<Loading rows={2} />}>
          <DrawerCard />
        </Suspense>
      )}
      <div className={classes.cards}>
        {cards.map((card) => {
          const count = counts[card.key] ?? 0;
          const sum = sums[card.key];
          const tone = count > 0 ? card.tone : 'plain';
          return (
            <Link
              key={card.key}
              {...target(card.to.replace(TODAY, today))}
              className={classes.card}
              data-tone={tone}
            >
              <Group gap={8} c="dimmed" wrap="nowrap">
                <Icon name={card.icon} size={18} />
                <Text size="sm">{t(`card_${card.key}`)}</Text>
              </Group>
              <Text fz={28} fw={600} lh={1.2}>
                {groupDigits(count)}
              </Text>
              {sum !== undefined && <Money amount={sum} tone="quiet" />}
            </Link>
          );
        })}
      </div>
      {holdsAny(me, ['ledger_read', 'session_read']) && (
        <Suspense fallback={<Loading rows={6} />}>
          <Figures />
        </Suspense>
      )}
      {holds(me, 'staff_read') && !holds(me, 'user_read') && (
        <Suspense fallback={<Loading rows={6} />}>
          <PeopleTable />
        </Suspense>
      )}
    </Stack>
  );
}
