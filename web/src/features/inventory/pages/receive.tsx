import { Alert, Button, Grid, Group, Select, Stack, TextInput } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api } from '@/api/client';
import { useCan } from '@/api/session';
import { file } from '@/lib/path';
import { Panel } from '@/ui/facts';
import { Icon } from '@/ui/icon';
import { ButtonFile } from '@/ui/link';
import { Failed, NoPermission, PageHead } from '@/ui/states';
import { ScanField } from '../parts/scan-field';
import { ScanList } from '../parts/scan-list';
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
          <Panel
            title={t('scanned', { n: scan.lines.length })}
            tools={
              <Group gap={8}>
                {scan.done.length > 0 && (
                  <ButtonFile
                    size="sm"
                    variant="default"
                    href={file.labels(
                      scan.done.map((line) => line.serial),
                      'roll',
                    )}
                    leftSection={<Icon name="print" size={16} />}
                  >
                    {t('labels_roll', { n: scan.done.length })}
                  </ButtonFile>
                )}
                <Button
                  size="sm"
                  loading={receive.isPending}
                  disabled={!into || !type || scan.waiting.length === 0}
                  onClick={() => void send()}
                >
                  {t('receive_send', { n: scan.waiting.length })}
                </Button>
              </Group>
            }
          >
            <Stack>
              <ScanField scan={scan} />
              {receive.error ? <Failed error={receive.error} /> : null}
              {scan.done.length > 0 && scan.waiting.length === 0 && (
                <Alert color="money" icon={<Icon name="check" />}>
                  {t('received_all', { n: scan.done.length })}
                </Alert>
              )}
              <ScanList lines={scan.lines} onRemove={scan.remove} />
            </Stack>
          </Panel>
        </Grid.Col>
      </Grid>
    </>
  );
}
