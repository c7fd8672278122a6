// The people who work here, by role and branch: who was active today, what technicians finished.
import { Badge, Group } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { api } from '@/api/client';
import { useListState } from '@/lib/list-state';
import { DataTable } from '@/ui/data-table';
import { Instant } from '@/ui/day';
import { Empty } from '@/ui/states';

export function PeopleTable() {
  const { t } = useTranslation(['cash', 'identity']);
  const state = useListState();
  const found = api.useQuery('get', '/api/v1/people', undefined, { refetchInterval: 60_000 });
  const all = found.data?.items ?? [];
  const { role, branch, active } = state.filters;
  const items = all.filter(
    (one) =>
      (!role || one.roles.includes(role)) &&
      (!branch || one.branch === branch) &&
      (!active || one.active_today) &&
      one.name.toLowerCase().includes(state.q.toLowerCase()),
  );
  const roles = [...new Set(all.flatMap((one) => one.roles))].sort();
  const branches = [...new Set(all.flatMap((one) => one.branch ?? []))].sort();
  return (
    <DataTable
      label={t('people')}
      query={{ ...found, data: found.data && { items } }}
      state={state}
      searchable={t('person')}
      filters={[
        {
          id: 'role',
          label: t('role'),
          options: roles.map((value) => ({ value, label: t(`identity:role_${value}` as never) })),
        },
        {
          id: 'branch',
          label: t('branch'),
          options: branches.map((value) => ({ value, label: value })),
        },
        {
          id: 'active',
          label: t('active_today'),
          options: [{ value: '1', label: t('active_today') }],
        },
      ]}
      rowKey={(row) => row.id}
      columns={[
        {
          id: 'name',
          header: t('person'),
          cell: (row) => (
            <>
              <b>{row.name}</b>
              <div className="quiet">{row.branch ?? '–'}</div>
            </>
          ),
        },
        {
          id: 'role',
          header: t('role'),
          cell: (row) => (
            <Group gap={4}>
              {row.roles.map((one) => (
                <Badge key={one} size="sm" variant="light">
                  {t(`identity:role_${one}` as never)}
                </Badge>
              ))}
            </Group>
          ),
        },
        {
          id: 'seen',
          header: t('seen'),
          wideOnly: true,
          cell: (row) => (row.seen_at ? <Instant at={row.seen_at} /> : '–'),
        },
        {
          id: 'jobs',
          header: t('jobs'),
          right: true,
          cell: (row) =>
            row.roles.includes('technician') ? `${row.done_today} / ${row.done_month}` : '–',
        },
      ]}
      empty={<Empty icon="people" title={t('people_empty')} hint="" />}
    />
  );
}
