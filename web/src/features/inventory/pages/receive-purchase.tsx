import {
  Alert,
  Button,
  Checkbox,
  Grid,
  NumberInput,
  Select,
  Stack,
  TextInput,
} from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, type Schemas } from '@/api/client';
import { Problem } from '@/api/problem';
import { useRequestKey } from '@/lib/request-key';
import { groupDigits } from '@/lib/money';
import { path } from '@/lib/path';
import { useId } from '@/lib/use-id';
import { Panel } from '@/ui/facts';
import { Icon } from '@/ui/icon';
import { ButtonTo } from '@/ui/link';
import { StateBadge } from '@/ui/state-badge';
import { Failed, Loading, PageHead } from '@/ui/states';
import { ScanPanel } from '../parts/scan-panel';
import { useScanLines } from '../scan-lines';

type Order = Schemas['PurchaseView'];
type Line = Order['lines'][number];

/** Goods of an order: scan after scan for a line; counted goods by quantity. */
export function ReceivePurchasePage() {
  const { t } = useTranslation('purchase');
  const id = useId();
  const found = api.useQuery('get', '/api/v1/purchases/{id}', { params: { path: { id } } });
  if (found.error && !found.data) {
    return <Failed error={found.error} again={() => void found.refetch()} />;
  }
  if (!found.data) return <Loading rows={8} />;
  const order = found.data;
  return (
    <>
      <PageHead
        title={t('receive')}
        badge={<StateBadge kind="purchase" state={order.state} />}
        note={t('receive_note', { number: order.number, supplier: order.supplier_name })}
      >
        <ButtonTo variant="default" to={path.purchase(order.id)}>
          {order.number}
        </ButtonTo>
      </PageHead>
      {order.can.receive.allowed ? (
        <Delivery order={order} />
      ) : (
        <Alert color="amber" icon={<Icon name="warning" />} title={t('not_now')}>
          {order.can.receive.reason}
        </Alert>
      )}
    </>
  );
}

/** What is said once for everything that comes in now. */
function Delivery({ order }: { order: Order }) {
  const { t } = useTranslation(['purchase', 'inventory']);
  const first = order.lines.find((line) => line.left > 0) ?? order.lines[0];
  const [chosen, choose] = useState(first?.id ?? null);
  const [warehouse, setWarehouse] = useState<string>(order.warehouse_id);
  const [document, setDocument] = useState('');
  const [beyond, setBeyond] = useState(false);
  const [why, setWhy] = useState('');
  const warehouses = api.useQuery('get', '/api/v1/locations', {
    params: { query: { kind: 'warehouse' } },
  });
  const places = (warehouses.data?.items ?? []).filter((one) => one.branch_id === order.branch_id);
  const line = order.lines.find((one) => one.id === chosen);
  const words = (one: Line) =>
    one.left > 0
      ? t('receive_left', { name: one.name, n: groupDigits(one.left), unit: one.unit })
      : t('receive_done', { name: one.name });
  const said = {
    warehouse_id: warehouse,
    document: document.trim() || null,
    more_because: beyond ? why.trim() : null,
  };
  const ready = !beyond || why.trim() !== '';
  return (
    <Grid gap="md">
      <Grid.Col span={{ base: 12, md: 4 }}>
        <Panel>
          <Stack>
            <Select
              label={t('receive_line')}
              allowDeselect={false}
              data={order.lines.map((one) => ({ value: one.id, label: words(one) }))}
              value={chosen}
              onChange={choose}
            />
            <Select
              label={t('receive_into')}
              allowDeselect={false}
              data={
                places.length > 0
                  ? places.map((one) => ({ value: one.id, label: one.name }))
                  : [{ value: order.warehouse_id, label: order.warehouse_name }]
              }
              value={warehouse}
              onChange={(value) => setWarehouse(value ?? order.warehouse_id)}
            />
            <TextInput
              label={t('inventory:document')}
              placeholder={t('inventory:document_hint')}
              value={document}
              onChange={(event) => setDocument(event.currentTarget.value)}
            />
            <Checkbox
              label={t('more')}
              description={t('more_hint')}
              checked={beyond}
              onChange={(event) => setBeyond(event.currentTarget.checked)}
            />
            {beyond && (
              <TextInput
                label={t('more_why')}
                required
                value={why}
                onChange={(event) => setWhy(event.currentTarget.value)}
              />
            )}
          </Stack>
        </Panel>
      </Grid.Col>
      <Grid.Col span={{ base: 12, md: 8 }}>
        {line?.serialized && (
          <Scanned key={line.id} order={order} line={line} said={said} ready={ready} />
        )}
        {line && !line.serialized && (
          <Counted key={line.id} order={order} line={line} said={said} ready={ready} />
        )}
      </Grid.Col>
    </Grid>
  );
}

type Said = { warehouse_id: string; document: string | null; more_because: string | null };
type PartProps = { order: Order; line: Line; said: Said; ready: boolean };

function Scanned({ order, line, said, ready }: PartProps) {
  const { t } = useTranslation(['purchase', 'inventory']);
  const scan = useScanLines();
  const receive = useReceive(order);
  const [reason, setReason] = useState('');
  const typed = scan.waiting.some((one) => one.typed);
  const send = async () => {
    // what was scanned and what was typed are two deliveries: each says how it came in
    for (const byHand of [false, true]) {
      const labels = scan.waiting
        .filter((one) => one.typed === byHand)
        .map(({ serial, mac }) => ({ serial, mac }));
      if (labels.length === 0) continue;
      const done = await receive.send({
        ...said,
        line_id: line.id,
        labels,
        ...(byHand ? { how: 'typed' as const, reason: reason.trim() } : {}),
      });
      if (!done) return;
      scan.judge(done.lines);
    }
  };
  return (
    <ScanPanel
      scan={scan}
      busy={receive.busy}
      ready={ready && (!typed || reason.trim() !== '')}
      onSend={() => void send()}
      error={receive.error}
      done={t('received_now', { n: groupDigits(scan.done.length), unit: line.unit })}
    >
      {typed && (
        <TextInput
          label={t('inventory:typed_reason')}
          description={t('inventory:typed_hint')}
          required
          value={reason}
          onChange={(event) => setReason(event.currentTarget.value)}
        />
      )}
    </ScanPanel>
  );
}

function Counted({ order, line, said, ready }: PartProps) {
  const { t } = useTranslation('purchase');
  const receive = useReceive(order);
  const [quantity, setQuantity] = useState<number | ''>(line.left > 0 ? line.left : '');
  const [came, setCame] = useState(0);
  const whole = quantity !== '' && quantity > 0;
  const send = async () => {
    if (!whole) return;
    const done = await receive.send({ ...said, line_id: line.id, quantity });
    if (!done) return;
    setCame(quantity);
    const left = done.purchase.lines.find((one) => one.id === line.id)?.left ?? 0;
    setQuantity(left > 0 ? left : '');
  };
  return (
    <Panel title={line.name}>
      <Stack>
        <NumberInput
          label={t('quantity_in', { unit: line.unit })}
          size="md"
          min={1}
          allowDecimal={false}
          thousandSeparator="."
          decimalSeparator=","
          value={quantity}
          onChange={(value) => setQuantity(value === '' ? '' : Number(value))}
        />
        {receive.error ? <Failed error={receive.error} /> : null}
        {came > 0 && !receive.error && (
          <Alert color="money" icon={<Icon name="check" />}>
            {t('received_now', { n: groupDigits(came), unit: line.unit })}
          </Alert>
        )}
        <Button
          loading={receive.busy}
          disabled={!whole || !ready}
          onClick={() => void send()}
          style={{ alignSelf: 'flex-start' }}
        >
          {whole
            ? t('receive_quantity', { n: groupDigits(quantity), unit: line.unit })
            : t('receive_save')}
        </Button>
      </Stack>
    </Panel>
  );
}

/** Sends what came in. The key stays the same until it is answered, so that nothing comes in twice. */
function useReceive(order: Order) {
  const receive = api.useMutation('post', '/api/v1/purchases/{id}/receive', {
    meta: { quiet: true },
  });
  const request = useRequestKey();
  const send = async (body: Schemas['PurchaseDelivery']) => {
    try {
      const done = await receive.mutateAsync({
        params: { path: { id: order.id }, header: { 'Idempotency-Key': request.key() } },
        body,
      });
      request.done();
      return done;
    } catch (error) {
      // a refusal stands on the page; no answer: the same again
      if (!Problem.from(error).passes) request.done();
      return null;
    }
  };
  return { send, busy: receive.isPending, error: receive.error };
}
