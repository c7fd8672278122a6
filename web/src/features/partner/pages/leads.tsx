import { keepPreviousData } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { api, type Schemas } from '@/api/client';
import { listQuery, useListState } from '@/lib/list-state';
import { path } from '@/lib/path';
import { type Column, DataTable } from '@/ui/data-table';
import { Instant } from '@/ui/day';
import { ButtonTo } from '@/ui/link';
import { StateBadge } from '@/ui/state-badge';
import { Empty, PageHead } from '@/ui/states';

type Row = Schemas['LeadView'];

export function PartnerLeadsPage() {
  const { t } = useTranslation(['partner', 'common']);
  const state = useListState();
  const navigate = useNavigate();
  const list = api.useQuery(
    'get',
    '/api/v1/leads',
    { params: { query: listQuery(state) } },
    { placeholderData: keepPreviousData },
  );
  const columns: Column<Row>[] = [
    {
      id: 'name',
      header: t('customer'),
      cell: (row) => (
        <>
          <b>{row.name}</b>
          <div className="quiet">{row.plan_name ?? t('no_plan')}</div>
        </>
      ),
    },
    {
      id: 'state',
      header: t('common:state'),
      cell: (row) => <StateBadge kind="lead" state={row.state} />,
    },
    {
      id: 'at',
      header: t('registered'),
      right: true,
      cell: (row) => <Instant at={row.created_at} />,
    },
  ];
  return (
    <>
      <PageHead title={t('leads_follow')}>
        <ButtonTo to={path.partnerRegister()}>{t('register')}</ButtonTo>
      </PageHead>
      <DataTable
        label={t('leads_follow')}
        query={list}
        columns={columns}
        rowKey={(row) => row.id}
        onOpen={(row) => void navigate({ to: path.partnerLead(row.id) })}
        state={state}
        searchable={t('customer_search')}
        empty={
          <Empty
            icon="lead"
            title={t('leads_empty')}
            hint={t('customers_empty_hint')}
            action={<ButtonTo to={path.partnerRegister()}>{t('register')}</ButtonTo>}
          />
        }
      />
    </>
  );
}
