import { Group, Stack, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { api } from '@/api/client';
import { Figure, Panel } from '@/ui/facts';
import { Money } from '@/ui/money';
import { Failed, Loading, PageHead } from '@/ui/states';
import { CommissionList } from '../parts/commission-list';
import { percent, Rules } from '../parts/rules';
import { Own } from '../own';

export function PartnerCommissionPage() {
  return <Own>{(partner) => <Commission partner={partner} />}</Own>;
}

function Commission({ partner }: { partner: string }) {
  const { t } = useTranslation('partner');
  const params = { path: { id: partner } };
  const home = api.useQuery('get', '/api/v1/partners/{id}/home', { params });
  const own = api.useQuery('get', '/api/v1/partners/{id}', { params });
  return (
    <Stack>
      <PageHead title={t('commission')} />
      {home.isPending && <Loading rows={2} />}
      {home.error && <Failed error={home.error} again={() => void home.refetch()} />}
      {home.data && (
        <Group grow>
          <Figure label={t('today')} value={<Money amount={home.data.commission_today} />} />
          <Figure
            label={t('commission_month')}
            value={<Money amount={home.data.commission_month} tone="in" />}
          />
        </Group>
      )}
      <CommissionList partner={partner} />
      {own.data && (
        <Panel title={t('rules')}>
          <Stack gap={8}>
            <Rules rules={own.data.rules} />
            {own.data.upline_id && own.data.upline_share_bp > 0 && (
              <Text size="sm">
                {t('upline_share', { share: percent(own.data.upline_share_bp) })}
              </Text>
            )}
          </Stack>
        </Panel>
      )}
    </Stack>
  );
}
