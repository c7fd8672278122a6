// Batches of prepaid codes: printed, sold, and used for a refill or by a hotspot guest.
import { Badge, Grid, Group, Stack, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { api, type Schemas } from '@/api/client';
import { useCan } from '@/api/session';
import { formatBytes } from '@/lib/bytes';
import { file, path } from '@/lib/path';
import { keyed } from '@/lib/request-key';
import { useId } from '@/lib/use-id';
import { ConfirmAction } from '@/ui/action';
import { type Column, DataTable } from '@/ui/data-table';
import { Day, Instant } from '@/ui/day';
import { Facts, Figure, Panel } from '@/ui/facts';
import { FormAction } from '@/ui/form';
import { Icon } from '@/ui/icon';
import { ButtonFile, To } from '@/ui/link';
import { Money } from '@/ui/money';
import { Empty, Failed, Loading, PageHead } from '@/ui/states';
import { MoneyHead } from '../parts/money-head';
import { SellForm, VoucherForm } from '../parts/voucher-forms';

type Row = Schemas['VoucherBatch'];

export function VouchersPage() {
  const { t } = useTranslation('billing');
  const can = useCan();
  const list = api.useQuery('get', '/api/v1/vouchers', { params: { query: { limit: 200 } } });
  const columns: Column<Row>[] = [
    {
      id: 'batch',
      header: t('vouchers'),
      cell: (row) => (
        <>
          <To to={path.voucher(row.id)}>
            <b className="serial">{row.number}</b>
          </To>
          <div className="quiet">{row.plan_name}</div>
        </>
      ),
    },
    {
      id: 'gives',
      header: t('voucher_gives'),
      right: true,
      cell: (row) => t('voucher_days', { count: row.days }),
    },
    {
      id: 'count',
      header: t('voucher_count'),
      right: true,
      wideOnly: true,
      cell: (row) => row.count,
    },
    {
      id: 'expires',
      header: t('voucher_expires'),
      right: true,
      wideOnly: true,
      cell: (row) => <Day day={row.expires_on} />,
    },
    {
      id: 'sold',
      header: t('voucher_sold_to'),
      wideOnly: true,
      cell: (row) =>
        row.sold_to ? (
          <>
            {row.sold_to}
            <div className="quiet">
              <Instant at={row.sold_at} />
            </div>
          </>
        ) : (
          '–'
        ),
    },
    {
      id: 'price',
      header: t('voucher_price'),
      right: true,
      cell: (row) => <Money amount={row.price} />,
    },
  ];
  return (
    <>
      <MoneyHead at="vouchers">
        <FormAction label={t('voucher_make')} verdict={can('voucher_write')}>
          {(close) => <VoucherForm close={close} />}
        </FormAction>
      </MoneyHead>
      <DataTable
        label={t('vouchers')}
        query={list}
        columns={columns}
        rowKey={(row) => row.id}
        empty={<Empty icon="box" title={t('vouchers_empty')} hint={t('vouchers_empty_hint')} />}
      />
    </>
  );
}

type Batch = Schemas['VoucherBatchDetail'];
type Guest = Schemas['VoucherGuest'];

type Standing = 'running' | 'over' | 'refilled' | 'refused';

const WORDS = {
  running: 'guest_running',
  over: 'guest_over',
  refilled: 'voucher_used',
  refused: 'guest_refused',
} as const satisfies Record<Standing, string>;

const TONES = { running: 'teal', over: 'gray', refilled: 'gray', refused: 'amber' } as const;

export function VoucherPage() {
  const { t } = useTranslation('billing');
  const id = useId();
  const params = { params: { path: { id } } };
  const found = api.useQuery('get', '/api/v1/vouchers/{id}', params);
  if (found.error) return <Failed error={found.error} again={() => void found.refetch()} />;
  if (!found.data) return <Loading />;
  const batch = found.data;
  return (
    <>
      <PageHead title={batch.number} note={batch.plan_name}>
        <Actions batch={batch} />
      </PageHead>
      <Grid gap="md">
        <Grid.Col span={{ base: 12, lg: 8 }}>
          <Guests id={batch.id} />
        </Grid.Col>
        <Grid.Col span={{ base: 12, lg: 4 }}>
          <Panel>
            <Stack>
              <Group gap={24}>
                <Figure label={t('voucher_unused')} value={batch.unused} />
                <Figure label={t('voucher_used')} value={batch.used} />
                <Figure label={t('voucher_void')} value={batch.void} />
              </Group>
              <Facts
                items={[
                  [t('voucher_gives'), t('voucher_days', { count: batch.days })],
                  [t('voucher_price'), <Money key="p" amount={batch.price} />],
                  [t('voucher_expires'), <Day key="e" day={batch.expires_on} />],
                  [t('voucher_sold_to'), batch.sold_to],
                  [
                    t('amount_received'),
                    batch.sold_amount == null ? null : <Money key="a" amount={batch.sold_amount} />,
                  ],
                ]}
              />
            </Stack>
          </Panel>
        </Grid.Col>
      </Grid>
    </>
  );
}

function Actions({ batch }: { batch: Batch }) {
  const { t } = useTranslation('billing');
  const can = useCan();
  const end = api.useMutation('post', '/api/v1/vouchers/{id}/void', { meta: { quiet: true } });
  const verdict = can('voucher_write');
  return (
    <>
      {verdict.allowed && (
        <ButtonFile
          variant="default"
          href={file.vouchers(batch.id)}
          leftSection={<Icon name="print" size={16} />}
        >
          {t('pdf')}
        </ButtonFile>
      )}
      {batch.unused > 0 && (
        <ConfirmAction
          variant="default"
          color="red"
          verdict={verdict}
          title={t('voucher_void')}
          text={t('voucher_void_text', { count: batch.unused })}
          confirm={t('voucher_void')}
          onConfirm={(_, key) =>
            end.mutateAsync({ params: { path: { id: batch.id } }, ...keyed(key) })
          }
        >
          {t('voucher_void')}
        </ConfirmAction>
      )}
      {!batch.sold_at && (
        <FormAction label={t('voucher_sell')} verdict={verdict}>
          {(close) => <SellForm batch={batch} close={close} />}
        </FormAction>
      )}
    </>
  );
}

function Guests({ id }: { id: string }) {
  const { t } = useTranslation('billing');
  const list = api.useQuery(
    'get',
    '/api/v1/vouchers/{id}/guests',
    { params: { path: { id } } },
    { refetchInterval: 15_000 },
  );
  const columns: Column<Guest>[] = [
    {
      id: 'code',
      header: t('voucher_code'),
      cell: (row) => (
        <>
          <span className="serial" style={{ whiteSpace: 'nowrap' }}>
            {row.code}
          </span>
          <div>
            <Badge variant="light" color={TONES[row.standing as Standing]}>
              {row.is_online ? t('guest_online') : t(WORDS[row.standing as Standing])}
            </Badge>
          </div>
          {row.refused && (
            <Text size="xs" c="dimmed">
              {row.refused.count}× {row.refused.detail} <Instant at={row.refused.at} />
            </Text>
          )}
        </>
      ),
    },
    {
      id: 'from',
      header: t('guest_from'),
      right: true,
      cell: (row) => <Instant at={row.started_at} />,
    },
    {
      id: 'until',
      header: t('guest_until'),
      right: true,
      cell: (row) => <Instant at={row.ends_at} />,
    },
    {
      id: 'where',
      header: t('guest_where'),
      wideOnly: true,
      cell: (row) => (
        <>
          {row.nas_name ?? '–'}
          <div className="quiet serial">{row.mac}</div>
        </>
      ),
    },
    {
      id: 'bytes',
      header: t('guest_bytes'),
      right: true,
      wideOnly: true,
      cell: (row) => (row.sessions > 0 ? formatBytes(row.bytes_in + row.bytes_out) : '–'),
    },
  ];
  return (
    <DataTable
      label={t('guests')}
      query={list}
      columns={columns}
      rowKey={(row) => row.id}
      empty={<Empty icon="box" title={t('guests_empty')} hint={t('vouchers_empty_hint')} />}
    />
  );
}
