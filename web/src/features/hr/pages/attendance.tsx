import { Badge, Group, Stack, Text } from '@mantine/core';
import { DateInput } from '@/ui/day-input';
import { keepPreviousData } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { api, type Schemas } from '@/api/client';
import { useToday, Zoned } from '@/api/session';
import { useListState } from '@/lib/list-state';
import { file } from '@/lib/path';
import { type Column, DataTable } from '@/ui/data-table';
import { Instant } from '@/ui/day';
import { Empty, PageHead } from '@/ui/states';
import { PlaceBadge } from '../parts/place';
import { type Check, isLate } from '../presence';

type Row = Schemas['AttendanceDay'];

/** Who came on a day, who did not, and what somebody should look at. */
export function AttendancePage() {
  const { t } = useTranslation(['hr', 'common']);
  const today = useToday();
  const state = useListState();
  const day = state.filters.day;
  const list = api.useQuery(
    'get',
    '/api/v1/attendance',
    { params: { query: day ? { day } : {} } },
    { placeholderData: keepPreviousData, refetchInterval: 60_000 },
  );
  const rows = list.data?.items ?? [];
  const came = rows.filter((row) => row.checks.length > 0).length;
  const columns: Column<Row>[] = [
    {
      id: 'name',
      header: t('employee'),
      cell: (row) => (
        <>
          <b>{row.name}</b>
          <div className="quiet">{row.branch_name ?? t('common:all_branches')}</div>
        </>
      ),
    },
    { id: 'state', header: t('common:state'), cell: (row) => <Now row={row} /> },
    {
      id: 'checks',
      header: t('checks'),
      cell: (row) => (
        // By the clocks of the person's own branch.
        <Zoned zone={row.zone}>
          <Stack gap={6}>
            {row.checks.map((check) => (
              <Line key={check.id} check={check} />
            ))}
            {row.checks.length === 0 && <span className="quiet">–</span>}
          </Stack>
        </Zoned>
      ),
    },
  ];
  return (
    <>
      <PageHead
        title={t('attendance')}
        note={list.data ? t('came', { n: came, all: rows.length }) : undefined}
      >
        <DateInput
          aria-label={t('day')}
          maxDate={today}
          value={day ?? today}
          onChange={(value) => state.set({ day: value && value !== today ? value : null })}
        />
      </PageHead>
      <DataTable
        label={t('attendance')}
        query={list}
        columns={columns}
        rowKey={(row) => row.user_id}
        empty={<Empty icon="badge" title={t('empty')} hint={t('empty_hint')} />}
      />
    </>
  );
}

function Now({ row }: { row: Row }) {
  const { t } = useTranslation('hr');
  const last = row.checks.at(-1);
  const tone = last ? (last.kind === 'in' ? 'teal' : 'gray') : 'amber';
  const word = last ? (last.kind === 'in' ? t('is_in') : t('is_out')) : t('has_not_come');
  return (
    <Badge color={tone} variant="light" tt="none">
      {word}
    </Badge>
  );
}

function Line({ check }: { check: Check }) {
  const { t } = useTranslation('hr');
  return (
    <Group gap={8}>
      <Text size="sm" component="div">
        {t(check.kind === 'in' ? 'kind_in' : 'kind_out')} <Instant at={check.occurred_at} />
      </Text>
      <PlaceBadge check={check} />
      {isLate(check) && (
        <Text size="xs" c="dimmed" component="div">
          {t('arrived')} <Instant at={check.recorded_at} />
        </Text>
      )}
      {check.has_photo && (
        <a href={file.attendancePhoto(check.id)} target="_blank" rel="noopener">
          {t('photo')}
        </a>
      )}
    </Group>
  );
}
