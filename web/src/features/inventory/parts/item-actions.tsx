import { Button, Menu, Select, Text, Textarea } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, type Schemas } from '@/api/client';
import { useCan } from '@/api/session';
import { FormBody, FormDrawer } from '@/ui/form';
import { Icon } from '@/ui/icon';

type Item = Schemas['ItemView'];
type Act = 'return' | 'tested' | 'rma' | 'scrap' | 'lost';

/** The name of each action in the item's own answer. */
const CAN = { return: 'return', tested: 'test', rma: 'rma', scrap: 'scrap', lost: 'lose' } as const;
const ACTS = Object.keys(CAN) as Act[];

/** What can become of an item; what cannot is there with its reason. */
export function ItemActions({ item }: { item: Item }) {
  const { t } = useTranslation('inventory');
  const can = useCan();
  const [doing, setDoing] = useState<Act | null>(null);
  const close = () => setDoing(null);
  const may = can('stock_write');
  if (!may.allowed) return null;
  return (
    <>
      <Menu position="bottom-end" shadow="md" width={300}>
        <Menu.Target>
          <Button rightSection={<Icon name="down" size={14} />}>{t('item_actions')}</Button>
        </Menu.Target>
        <Menu.Dropdown>
          {ACTS.map((act) => {
            const verdict = can('stock_write', item, CAN[act]);
            return (
              <Menu.Item
                key={act}
                color={act === 'scrap' || act === 'lost' ? 'red' : undefined}
                disabled={!verdict.allowed}
                onClick={() => setDoing(act)}
              >
                {t(`item_${act}`)}
                {!verdict.allowed && (
                  <Text size="xs" c="dimmed">
                    {verdict.reason}
                  </Text>
                )}
              </Menu.Item>
            );
          })}
        </Menu.Dropdown>
      </Menu>
      <FormDrawer opened={doing !== null} close={close} title={doing ? t(`item_${doing}`) : ''}>
        {doing && <ActForm key={doing} item={item} act={doing} close={close} />}
      </FormDrawer>
    </>
  );
}

function ActForm({ item, act, close }: { item: Item; act: Act; close: () => void }) {
  const { t } = useTranslation(['inventory', 'common']);
  const [key] = useState(() => crypto.randomUUID());
  const toWarehouse = act === 'return' || act === 'tested';
  const needsReason = act === 'scrap' || act === 'lost';
  const send = useSend(act);
  const places = api.useQuery(
    'get',
    '/api/v1/locations',
    { params: { query: { kind: 'warehouse' } } },
    { enabled: toWarehouse },
  );
  const warehouses = (places.data?.items ?? []).filter((one) => one.kind === 'warehouse');
  const form = useForm({
    initialValues: {
      to_location_id: item.location_kind === 'warehouse' ? item.location_id : '',
      reason: '',
    },
    validate: {
      to_location_id: (value) => (toWarehouse && !value ? t('common:required') : null),
      reason: (value) => (needsReason && !value.trim() ? t('common:required') : null),
    },
  });
  const submit = async (values: typeof form.values) => {
    await send(item.serial, key, values.to_location_id, values.reason.trim() || null);
    close();
  };
  return (
    <FormBody form={form} onSubmit={submit} submit={t(`item_${act}`)} cancel={close}>
      <Text size="sm">{t(`item_${act}_text`)}</Text>
      {toWarehouse && (
        <Select
          label={t('warehouse')}
          required
          data={warehouses.map((one) => ({ value: one.id, label: one.name }))}
          {...form.getInputProps('to_location_id')}
        />
      )}
      <Textarea
        label={t('reason')}
        required={needsReason}
        autosize
        minRows={2}
        {...form.getInputProps('reason')}
      />
    </FormBody>
  );
}

/** The operation of each action. */
function useSend(act: Act) {
  const quiet = { meta: { quiet: true } };
  const back = api.useMutation('post', '/api/v1/items/{serial}/return', quiet);
  const tested = api.useMutation('post', '/api/v1/items/{serial}/tested', quiet);
  const rma = api.useMutation('post', '/api/v1/items/{serial}/rma', quiet);
  const scrap = api.useMutation('post', '/api/v1/items/{serial}/scrap', quiet);
  const lost = api.useMutation('post', '/api/v1/items/{serial}/lost', quiet);
  return (serial: string, key: string, to_location_id: string, reason: string | null) => {
    const params = { path: { serial }, header: { 'Idempotency-Key': key } };
    switch (act) {
      case 'return':
        return back.mutateAsync({ params, body: { to_location_id, reason } });
      case 'tested':
        return tested.mutateAsync({ params, body: { to_location_id, reason } });
      case 'rma':
        return rma.mutateAsync({ params, body: { reason } });
      case 'scrap':
        return scrap.mutateAsync({ params, body: { reason } });
      case 'lost':
        return lost.mutateAsync({ params, body: { reason } });
    }
  };
}
