// What one collector holds, movement by movement, to count it with them and take it in.
import { Stack } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { api } from '@/api/client';
import { path } from '@/lib/path';
import { useId } from '@/lib/use-id';
import { Figure, Panel } from '@/ui/facts';
import { ButtonTo } from '@/ui/link';
import { Money } from '@/ui/money';
import { Empty, Failed, Loading, PageHead } from '@/ui/states';
import { TakeHandover } from '../parts/handover-form';
import { HeldMoves } from '../parts/held-moves';

export function HolderPage() {
  const { t } = useTranslation('cash');
  const id = useId();
  const found = api.useQuery('get', '/api/v1/cash/holders/{id}', { params: { path: { id } } });
  if (found.error && !found.data) {
    return <Failed error={found.error} again={() => void found.refetch()} />;
  }
  if (!found.data) return <Loading />;
  const { name, amount, moves } = found.data;
  return (
    <Stack maw={760} mx="auto">
      <PageHead title={name} note={t('held')}>
        <ButtonTo variant="default" to={path.cash()}>
          {t('title')}
        </ButtonTo>
        <TakeHandover holder={found.data} large />
      </PageHead>
      <Panel>
        <Figure label={t('held_now')} value={<Money amount={amount} bold size={28} />} />
      </Panel>
      {moves.length === 0 ? (
        <Empty icon="cash" title={t('held_nothing')} hint={t('held_empty_hint')} />
      ) : (
        <HeldMoves moves={moves} />
      )}
    </Stack>
  );
}
