import { Alert, Button, Checkbox, Grid, Select, Stack, TextInput } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api } from '@/api/client';
import { useCan } from '@/api/session';
import { Panel } from '@/ui/facts';
import { Icon } from '@/ui/icon';
import { Failed, NoPermission, PageHead } from '@/ui/states';
import { ScanField } from '../parts/scan-field';
import { ScanList } from '../parts/scan-list';
import { useScanLines } from '../scan-lines';

/** Hands serials over: warehouse to bag, bag to warehouse, by scan. */
export function TransferPage() {
  const { t } = useTranslation('inventory');
  const can = useCan();
  const scan = useScanLines();
  const [reason, setReason] = useState('');
  const [byHand, setByHand] = useState(false);
  const [to, setTo] = useState<string | null>(null);
  const locations = api.useQuery('get', '/api/v1/locations');
  const move = api.useMutation('post', '/api/v1/moves', { meta: { quiet: true } });
  const groups = (['bag', 'warehouse', 'supplier'] as const).map((kind) => ({
    group: t(`location_${kind}`),
    items: (locations.data?.items ?? [])
      .filter((one) => one.kind === kind)
      .map((one) => ({ value: one.id, label: one.name })),
  }));
  const isBag = locations.data?.items.some((one) => one.id === to && one.kind === 'bag') ?? false;
  const isTyped = scan.waiting.some((line) => line.typed);
  const send = async () => {
    if (!to) return;
    for (const typed of [false, true]) {
      const serials = scan.waiting
        .filter((line) => line.typed === typed)
        .map((line) => line.serial);
      if (serials.length === 0) continue;
      const body = {
        serials,
        to_location_id: to,
        hand_over: isBag && byHand,
        ...(typed ? { how: 'typed' as const, reason: reason.trim() } : { how: 'scanned' as const }),
      };
      // a refusal stands on the page
      const done = await move.mutateAsync({ body }).catch(() => null);
      if (!done) return;
      scan.judge(done.lines);
    }
  };
  if (!can('stock_write').allowed) return <NoPermission />;
  return (
    <>
      <PageHead title={t('transfer')} note={t('transfer_note')} />
      <Grid gap="md">
        <Grid.Col span={{ base: 12, md: 4 }}>
          <Panel>
            <Stack>
              <Select
                label={t('transfer_to')}
                required
                searchable
                data={groups.filter((group) => group.items.length > 0)}
                value={to}
                onChange={setTo}
              />
              {isBag && (
                <Checkbox
                  label={t('hand_over')}
                  description={t('hand_over_hint')}
                  checked={byHand}
                  onChange={(event) => setByHand(event.currentTarget.checked)}
                />
              )}
              {isTyped && (
                <TextInput
                  label={t('typed_reason')}
                  description={t('typed_hint')}
                  required
                  value={reason}
                  onChange={(event) => setReason(event.currentTarget.value)}
                />
              )}
            </Stack>
          </Panel>
        </Grid.Col>
        <Grid.Col span={{ base: 12, md: 8 }}>
          <Panel
            title={t('scanned', { n: scan.lines.length })}
            tools={
              <Button
                size="sm"
                loading={move.isPending}
                disabled={!to || scan.waiting.length === 0 || (isTyped && !reason.trim())}
                onClick={() => void send()}
              >
                {t('transfer_send', { n: scan.waiting.length })}
              </Button>
            }
          >
            <Stack>
              <ScanField scan={scan} />
              {move.error ? <Failed error={move.error} /> : null}
              {scan.done.length > 0 && scan.waiting.length === 0 && (
                <Alert color="money" icon={<Icon name="check" />}>
                  {t(isBag && !byHand ? 'offered_all' : 'moved_all', { n: scan.done.length })}
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
