// The figures over time, each for those who may read its rows.
import { SimpleGrid, Stack, Title } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { useMe } from '@/api/session';
import { holds } from '@/lib/can';
import { AgingFigure, CollectionFigure } from './money-figures';
import { InstallsFigure, LifeFigure, ReopenedFigure } from './service-figures';

export function Figures() {
  const { t } = useTranslation('figures');
  const me = useMe();
  return (
    <Stack gap="sm" mt="md">
      <Title order={2} fz={18}>
        {t('figures')}
      </Title>
      <SimpleGrid cols={{ base: 1, md: 2 }}>
        {holds(me, 'ledger_read') && <CollectionFigure />}
        {holds(me, 'ledger_read') && <AgingFigure />}
        {holds(me, 'subscription_read') && <LifeFigure />}
        {holds(me, 'session_read') && <ReopenedFigure />}
        {holds(me, 'work_order_read') && <InstallsFigure />}
      </SimpleGrid>
    </Stack>
  );
}
