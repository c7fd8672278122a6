import { Group, Stack, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { api, type Schemas } from '@/api/client';
import { formatMoney } from '@/lib/money';
import { path } from '@/lib/path';
import { Instant } from '@/ui/day';
import { Panel } from '@/ui/facts';
import { ButtonTo } from '@/ui/link';
import { Money } from '@/ui/money';
import { Failed, Loading, PageHead } from '@/ui/states';
import { Statement } from '../parts/statement';
import { Own } from '../own';

export function PartnerWalletPage() {
  return <Own>{(partner) => <Wallet partner={partner} />}</Own>;
}

function Wallet({ partner }: { partner: string }) {
  const { t } = useTranslation('partner');
  const wallet = api.useQuery('get', '/api/v1/wallet/{partner}', {
    params: { path: { partner } },
  });
  if (wallet.isPending) return <Loading rows={6} />;
  if (wallet.error) return <Failed error={wallet.error} again={() => void wallet.refetch()} />;
  return (
    <Stack>
      <PageHead
        title={<Money amount={wallet.data.balance} bold size={28} />}
        note={
          wallet.data.debt > 0
            ? t('debt_note', { amount: formatMoney(wallet.data.debt) })
            : t('balance')
        }
      >
        <ButtonTo to={path.partnerTopUp()}>{t('top_up')}</ButtonTo>
      </PageHead>
      <Waiting />
      <Statement partner={partner} />
    </Stack>
  );
}

/** Top-ups that are not in the balance yet. */
function Waiting() {
  const { t } = useTranslation('partner');
  const list = api.useQuery(
    'get',
    '/api/v1/top-ups',
    { params: { query: { state: 'waiting', limit: 10 } } },
    { refetchInterval: 10_000 },
  );
  const rows: Schemas['TopUp'][] = list.data?.items ?? [];
  if (rows.length === 0) return null;
  return (
    <Panel title={t('top_ups_waiting')}>
      <Stack gap={8}>
        {rows.map((row) => (
          <Group key={row.id} justify="space-between" wrap="nowrap">
            <div>
              <Money amount={row.amount} bold />
              <Text size="xs" c="dimmed" component="div">
                <Instant at={row.asked_at} />
                {row.code ? ` · ${row.code}` : ` · ${row.reference}`}
              </Text>
            </div>
            {row.url && (
              <a href={row.url} target="_blank" rel="noopener">
                {t('go_pay')}
              </a>
            )}
          </Group>
        ))}
      </Stack>
    </Panel>
  );
}
