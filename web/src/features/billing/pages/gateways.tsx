import { useTranslation } from 'react-i18next';
import { api } from '@/api/client';
import { groupDigits } from '@/lib/money';
import { path } from '@/lib/path';
import { DataTable } from '@/ui/data-table';
import { To } from '@/ui/link';
import { SetupHead } from '@/ui/setup-head';
import { Empty } from '@/ui/states';

/** The payment gateways that this server is connected to; their keys stand in its configuration. */
export function GatewaysPage() {
  const { t } = useTranslation('setup');
  const list = api.useQuery('get', '/api/v1/gateways', undefined, { refetchInterval: 30_000 });
  return (
    <>
      <SetupHead at="gateways" />
      <DataTable
        label={t('tab_gateways')}
        query={list}
        rowKey={(row) => row.name}
        columns={[
          { id: 'name', header: t('gateway'), cell: (row) => <b>{row.name}</b> },
          {
            id: 'waiting',
            header: t('gateway_waiting'),
            right: true,
            cell: (row) => groupDigits(row.waiting),
          },
          {
            id: 'parked',
            header: t('gateway_parked'),
            right: true,
            cell: (row) => (
              <To size="sm" to={path.notices()}>
                {groupDigits(row.parked)}
              </To>
            ),
          },
          {
            id: 'refused',
            header: t('gateway_refused'),
            right: true,
            cell: (row) => groupDigits(row.refused),
          },
        ]}
        empty={<Empty icon="cash" title={t('gateways_empty')} hint={t('gateways_empty_hint')} />}
      />
    </>
  );
}
