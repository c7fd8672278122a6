import { Button, Checkbox } from '@mantine/core';
import { keepPreviousData } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, type Schemas } from '@/api/client';
import { useCan } from '@/api/session';
import { listQuery, useListState } from '@/lib/list-state';
import { file, path } from '@/lib/path';
import { type Column, DataTable } from '@/ui/data-table';
import { ExportMenu } from '@/ui/export-menu';
import { Icon } from '@/ui/icon';
import { ButtonFile, ButtonTo } from '@/ui/link';
import { StateBadge, stateWord } from '@/ui/state-badge';
import { Empty, PageHead } from '@/ui/states';

type Row = Schemas['ItemView'];

const STATES = ['in_stock', 'in_transit', 'installed', 'returned', 'rma', 'scrapped', 'lost'];

export function StockPage() {
  const { t } = useTranslation(['inventory', 'common']);
  const state = useListState();
  const navigate = useNavigate();
  const asked = listQuery(state);
  const can = useCan();
  const [chosen, setChosen] = useState<string[]>([]);
  const locations = api.useQuery('get', '/api/v1/locations');
  const list = api.useQuery(
    'get',
    '/api/v1/items',
    { params: { query: asked } },
    { placeholderData: keepPreviousData },
  );
  const toggle = (serial: string) =>
    setChosen(
      chosen.includes(serial) ? chosen.filter((one) => one !== serial) : [...chosen, serial],
    );
  const columns: Column<Row>[] = [
    {
      id: 'serial',
      header: t('serial'),
      sort: 'serial',
      cell: (row) => (
        <span style={{ display: 'flex', gap: 12, alignItems: 'center' }}>
          <Checkbox
            size="xs"
            aria-label={t('choose', { serial: row.serial })}
            checked={chosen.includes(row.serial)}
            onChange={() => toggle(row.serial)}
          />
          <b className="serial">{row.serial}</b>
        </span>
      ),
    },
    {
      id: 'state',
      header: t('common:state'),
      cell: (row) => (
        <>
          <StateBadge kind="item" state={row.state} />
          {row.offered_to && (
            <div className="quiet">{t('offered_to', { bag: row.offered_to })}</div>
          )}
        </>
      ),
    },
    { id: 'type', header: t('type'), wideOnly: true, cell: (row) => row.type_name },
    {
      id: 'mac',
      header: t('mac'),
      wideOnly: true,
      cell: (row) => <span className="serial">{row.mac ?? '–'}</span>,
    },
    { id: 'location', header: t('location'), cell: (row) => row.location_name },
  ];
  const receive = can('stock_write').allowed && (
    <ButtonTo to={path.receive()} leftSection={<Icon name="scan" size={16} />}>
      {t('receive')}
    </ButtonTo>
  );
  return (
    <>
      <PageHead title={t('stock')}>
        <ButtonTo variant="default" to={path.counts()}>
          {t('counts')}
        </ButtonTo>
        <ButtonTo variant="default" to={path.places()}>
          {t('places')}
        </ButtonTo>
        {can('stock_write').allowed && (
          <ButtonTo variant="default" to={path.transfer()}>
            {t('transfer')}
          </ButtonTo>
        )}
        {receive}
      </PageHead>
      <DataTable
        label={t('stock')}
        query={list}
        columns={columns}
        rowKey={(row) => row.id}
        onOpen={(row) => void navigate({ to: path.item(row.serial) })}
        state={state}
        searchable={t('item_search')}
        filters={[
          {
            id: 'state',
            label: t('common:state'),
            options: STATES.map((value) => ({ value, label: stateWord('item', value) })),
          },
          {
            id: 'location',
            label: t('location'),
            options: (locations.data?.items ?? [])
              .filter((one) => one.kind === 'warehouse' || one.kind === 'bag')
              .map((one) => ({ value: one.id, label: one.name })),
          },
        ]}
        tools={
          <>
            {state.filters.purchase && (
              <Button
                size="sm"
                variant="light"
                rightSection={<Icon name="close" size={14} />}
                onClick={() => state.set({ purchase: null, type: null })}
              >
                {t('from_purchase')}
              </Button>
            )}
            {chosen.length > 0 && (
              <>
                <ButtonFile
                  size="sm"
                  variant="default"
                  href={file.labels(chosen, 'roll')}
                  leftSection={<Icon name="print" size={16} />}
                >
                  {t('labels_roll', { n: chosen.length })}
                </ButtonFile>
                <ButtonFile size="sm" variant="default" href={file.labels(chosen, 'sheet')}>
                  {t('labels_sheet')}
                </ButtonFile>
              </>
            )}
            <ExportMenu list="items" query={asked} />
          </>
        }
        empty={
          <Empty
            icon="box"
            title={t('stock_empty')}
            hint={t('stock_empty_hint')}
            action={receive}
          />
        }
      />
    </>
  );
}
