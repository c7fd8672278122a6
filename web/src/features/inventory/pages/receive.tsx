import { Grid, Select, Stack, TextInput } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api } from '@/api/client';
import { useCan } from '@/api/session';
import { Panel } from '@/ui/facts';
import { NoPermission, PageHead } from '@/ui/states';
import { ScanPanel } from '../parts/scan-panel';
import { useScanLines } from '../scan-lines';

/** Goods in: scan after scan; one wrong line keeps none of the others out. */
export function ReceivePage() {
  const { t } = useTranslation('inventory');
  const can = useCan();
  const scan = useScanLines();
  const [warehouse, setWarehouse] = useState<string | null>(null);
  const [type, setType] = useState<string | null>(null);
  const [document, setDocument] = useState('');
  const warehouses = api.useQuery('get', '/api/v1/locations', {
    params: { query: { kind: 'warehouse', limit: 200 } },
  });
  const types = api.useQuery('get', '/api/v1/item-types');
  const receive = api.useMutation('post', '/api/v1/items/receive', { meta: { quiet: true } });
  const places = (warehouses.data?.items ?? []).filter((one) => one.kind === 'warehouse');
  const only = places.length === 1 ? places[0] : undefined;
  const into = warehouse ?? only?.id ?? null;

  const send = async () => {
    if (!into || !type) return;
    const body = {
      warehouse_id: into,
      type_id: type,
      document: document.trim() || undefined,
      lines: scan.waiting.map(({ serial, mac }) => ({ serial, mac })),
    };
    // a refusal stands on the page
    const done = await receive.mutateAsync({ body }).catch(() => null);
    if (done) scan.judge(done.lines);
  };

  if (!can('stock_write').allowed) return <NoPermission />;
  return (
    <>
      <PageHead title={t('receive')} note={t('receive_note')} />
      <Grid gap="md">
        <Grid.Col span={{ base: 12, md: 4 }}>
          <Panel>
            <Stack>
              <Select
                label={t('warehouse')}
                required
                data={places.map((one) => ({ value: one.id, label: one.name }))}
                value={into}
                onChange={setWarehouse}
              />
              <Select
                label={t('type')}
                required
                searchable
                data={(types.data?.items ?? [])
                  .filter((one) => one.serialized)
                  .map((one) => ({ value: one.id, label: one.name }))}
                value={type}
                onChange={setType}
              />
              <TextInput
                label={t('document')}
                placeholder={t('document_hint')}
                value={document}
                onChange={(event) => setDocument(event.currentTarget.value)}
              />
            </Stack>
          </Panel>
        </Grid.Col>
        <Grid.Col span={{ base: 12, md: 8 }}>
          <ScanPanel
            scan={scan}
            busy={receive.isPending}
            ready={into !== null && type !== null}
            onSend={() => void send()}
            error={receive.error}
            done={t('received_all', { n: scan.done.length })}
          />
        </Grid.Col>
      </Grid>
    </>
  );
}
