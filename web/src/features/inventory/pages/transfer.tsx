import { Alert, Button, Grid, Select, Stack, Text } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api } from '@/api/client';
import { Panel } from '@/ui/facts';
import { Icon } from '@/ui/icon';
import { Scanner } from '@/ui/scanner';
import { Failed, PageHead } from '@/ui/states';
import { ScanList } from '../parts/scan-list';
import { useScanLines } from '../scan-lines';

/** Hands serials over: warehouse to bag, bag to warehouse, by scan. */
export function TransferPage() {
  const { t } = useTranslation('inventory');
  const scan = useScanLines();
  const [to, setTo] = useState<string | null>(null);
  const locations = api.useQuery('get', '/api/v1/locations');
  const move = api.useMutation('post', '/api/v1/moves', { meta: { quiet: true } });
  const groups = (['bag', 'warehouse', 'supplier'] as const).map((kind) => ({
    group: t(`location_${kind}`),
    items: (locations.data?.items ?? [])
      .filter((one) => one.kind === kind)
      .map((one) => ({ value: one.id, label: one.name })),
  }));
  const send = async () => {
    if (!to) return;
    const { lines } = await move.mutateAsync({
      body: {
        serials: scan.waiting.map((line) => line.serial),
        to_location_id: to,
        how: 'scanned',
      },
    });
    scan.judge(lines);
  };
  return (
    <>
      <PageHead title={t('transfer')} note={t('transfer_note')} />
      <Grid gap="md">
        <Grid.Col span={{ base: 12, md: 4 }}>
          <Panel>
            <Select
              label={t('transfer_to')}
              required
              searchable
              data={groups.filter((group) => group.items.length > 0)}
              value={to}
              onChange={setTo}
            />
          </Panel>
        </Grid.Col>
        <Grid.Col span={{ base: 12, md: 8 }}>
          <Panel
            title={t('scanned', { n: scan.lines.length })}
            tools={
              <Button
                size="sm"
                loading={move.isPending}
                disabled={!to || scan.waiting.length === 0}
                onClick={() => void send()}
              >
                {t('transfer_send', { n: scan.waiting.length })}
              </Button>
            }
          >
            <Stack>
              <Scanner
                label={t('scan_serial')}
                placeholder={t('scan_serial_hint')}
                autoFocus
                onCode={(text) => scan.add(text)}
              />
              {scan.twice && (
                <Text size="sm" c="amber" role="status">
                  {t('scan_twice', { serial: scan.twice })}
                </Text>
              )}
              {move.error ? <Failed error={move.error} /> : null}
              {scan.done.length > 0 && scan.waiting.length === 0 && (
                <Alert color="money" icon={<Icon name="check" />}>
                  {t('moved_all', { n: scan.done.length })}
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
