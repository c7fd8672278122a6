import { keepPreviousData } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { api, type Schemas } from '@/api/client';
import { useCan } from '@/api/session';
import { listQuery, useListState } from '@/lib/list-state';
import { path } from '@/lib/path';
import { formatPhone } from '@/lib/phone';
import { useChoice } from '@/ui/bulk/choice';
import { type Column, DataTable } from '@/ui/data-table';
import { Instant } from '@/ui/day';
import { ExportMenu } from '@/ui/export-menu';
import { Icon } from '@/ui/icon';
import { ButtonTo } from '@/ui/link';
import { StateBadge, stateWord } from '@/ui/state-badge';
import { Empty, PageHead } from '@/ui/states';
import { GiveMany } from '../parts/give-many';

type Lead = Schemas['LeadView'];

const STATES = ['new', 'verified', 'waitlisted', 'converted', 'rejected', 'lost'];
const CHANNELS = ['sales', 'reseller', 'public', 'admin', 'import'] as const;

export function LeadsPage() {
  const { t } = useTranslation(['crm', 'common']);
  const state = useListState();
  const navigate = useNavigate();
  const asked = listQuery(state);
  const can = useCan();
  const list = api.useQuery(
    'get',
    '/api/v1/leads',
    { params: { query: asked } },
    { placeholderData: keepPreviousData },
  );
  const add = can('lead_write').allowed && (
    <ButtonTo to={path.newLead()} leftSection={<Icon name="plus" size={16} />}>
      {t('lead_new')}
    </ButtonTo>
  );
  const many = can('lead_verify').allowed;
  const { choice, choosing } = useChoice<Lead>(list.data?.items ?? [], (row) => ({
    id: row.id,
    name: row.name,
  }));
  const columns: Column<Lead>[] = [
    { id: 'name', header: t('name'), sort: 'name', cell: (row) => <b>{row.name}</b> },
    {
      id: 'state',
      header: t('common:state'),
      cell: (row) => <StateBadge kind="lead" state={row.state} />,
    },
    {
      id: 'phone',
      header: t('phone'),
      wideOnly: true,
      cell: (row) => <span className="nowrap">{formatPhone(row.phone)}</span>,
    },
    { id: 'address', header: t('address'), wideOnly: true, cell: (row) => row.address },
    { id: 'plan', header: t('plan'), wideOnly: true, cell: (row) => row.plan_name ?? '–' },
    {
      id: 'channel',
      header: t('channel'),
      wideOnly: true,
      cell: (row) => t(`channel_${row.channel}` as never),
    },
    {
      id: 'at',
      header: t('registered'),
      sort: '-newest',
      right: true,
      cell: (row) => <Instant at={row.created_at} />,
    },
  ];
  return (
    <>
      <PageHead title={t('leads')} note={t('leads_note')}>
        {add}
      </PageHead>
      <DataTable
        label={t('leads')}
        query={list}
        columns={columns.map((column, at) => (many && at === 0 ? choosing(column) : column))}
        rowKey={(row) => row.id}
        onOpen={(row) => void navigate({ to: path.lead(row.id) })}
        state={state}
        searchable={t('lead_search')}
        filters={[
          {
            id: 'state',
            label: t('common:state'),
            options: STATES.map((value) => ({ value, label: stateWord('lead', value) })),
          },
          {
            id: 'channel',
            label: t('channel'),
            options: CHANNELS.map((value) => ({ value, label: t(`channel_${value}`) })),
          },
        ]}
        tools={
          <>
            {many && <GiveMany choice={choice} />}
            <ExportMenu list="leads" query={asked} />
          </>
        }
        empty={
          <Empty icon="lead" title={t('leads_empty')} hint={t('leads_empty_hint')} action={add} />
        }
      />
    </>
  );
}
