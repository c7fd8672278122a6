// What I took from customers and have not handed over yet.
import { Stack } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { api } from '@/api/client';
import { Figure, Panel } from '@/ui/facts';
import { Money } from '@/ui/money';
import { Empty, Failed, Loading, PageHead } from '@/ui/states';
import { HeldMoves } from '../parts/held-moves';

export function HeldPage() {
  const { t } = useTranslation('cash');
  const found = api.useQuery('get', '/api/v1/cash/held');
  if (found.error && !found.data) {
    return <Failed error={found.error} again={() => void found.refetch()} />;
  }
  if (found.fetchStatus === 'paused' && !found.data) return <NoSignal />;
  if (!found.data) return <Loading />;
  const { amount, moves } = found.data;
  return (
    <Stack maw={640} mx="auto">
      <PageHead title={t('mine_held')} note={t('mine_held_note')} />
      <Panel>
        <Figure label={t('mine_held_now')} value={<Money amount={amount} bold size={28} />} />
      </Panel>
      {moves.length === 0 ? (
        <Empty icon="cash" title={t('mine_held_empty')} hint={t('mine_held_empty_hint')} />
      ) : (
        <HeldMoves moves={moves} own />
      )}
    </Stack>
  );
}

/** Money is only taken where the server can hear of it. */
function NoSignal() {
  const { t } = useTranslation('cash');
  return <Empty icon="offline" title={t('offline')} hint={t('offline_hint')} />;
}
