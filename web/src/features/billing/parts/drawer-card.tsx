// My drawer: opening it, what should be in it, counting and closing it.
import { Alert, Button, Group, NumberInput, SimpleGrid, Text, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, type Schemas } from '@/api/client';
import { useMe } from '@/api/session';
import { formatMoney, groupDigits, parseMoney } from '@/lib/money';
import { file } from '@/lib/path';
import { keyed } from '@/lib/request-key';
import { Instant } from '@/ui/day';
import { Figure, Panel } from '@/ui/facts';
import { FormAction, FormBody, MoneyInput } from '@/ui/form';
import { Icon } from '@/ui/icon';
import { ButtonFile } from '@/ui/link';
import { Money } from '@/ui/money';
import { Failed, Loading } from '@/ui/states';

type Drawer = Omit<Schemas['Drawer'], 'pieces'>;

const PIECES = [100_000, 50_000, 20_000, 10_000, 5_000, 2_000, 1_000, 500, 200, 100];

/** The drawer of today, or the way to open one. */
export function DrawerCard() {
  const { t } = useTranslation('cash');
  const found = api.useQuery('get', '/api/v1/cash', undefined, { refetchInterval: 30_000 });
  if (found.error) return <Failed error={found.error} again={() => void found.refetch()} />;
  if (!found.data) return <Loading rows={2} />;
  const { drawer, needs_drawer } = found.data;
  if (!drawer || drawer.state === 'counted') {
    return (
      <Panel title={t('mine')}>
        {drawer && <Waiting drawer={drawer} />}
        <Group justify="space-between" gap="sm">
          <div>
            {needs_drawer && <Text fw={600}>{t('open_first')}</Text>}
            <Text size="sm" c="dimmed">
              {needs_drawer ? t('open_first_hint') : t('open_hint')}
            </Text>
          </div>
          <FormAction label={t('open')}>{(close) => <OpenForm close={close} />}</FormAction>
        </Group>
      </Panel>
    );
  }
  return (
    <Panel
      title={`${t('mine')} · ${drawer.number}`}
      tools={
        <FormAction size="compact-sm" label={t('close')}>
          {(close) => <CountForm drawer={drawer} close={close} />}
        </FormAction>
      }
    >
      <SimpleGrid cols={{ base: 2, sm: 4 }}>
        <Figure
          label={t('float')}
          value={<Money amount={drawer.float} />}
          note={<Instant at={drawer.opened_at} />}
        />
        <Figure label={t('taken')} value={<Money amount={drawer.taken} tone="in" />} />
        <Figure label={t('given')} value={<Money amount={drawer.given} />} />
        <Figure label={t('expected')} value={<Money amount={drawer.expected} bold />} />
      </SimpleGrid>
    </Panel>
  );
}

function Waiting({ drawer }: { drawer: Drawer }) {
  const { t } = useTranslation('cash');
  return (
    <Alert color="amber" icon={<Icon name="clock" />} mb="sm">
      <Group justify="space-between">
        <Text size="sm">
          {drawer.number}: {t('waits')} {formatMoney(drawer.difference ?? 0)}
        </Text>
        <Group gap={8}>
          <ButtonFile size="compact-sm" variant="default" href={file.drawer(drawer.id)}>
            {t('print')}
          </ButtonFile>
          <FormAction size="compact-sm" variant="default" label={t('count_again')}>
            {(close) => <CountForm drawer={drawer} close={close} />}
          </FormAction>
        </Group>
      </Group>
    </Alert>
  );
}

function OpenForm({ close }: { close: () => void }) {
  const { t } = useTranslation('cash');
  const me = useMe();
  const open = api.useMutation('post', '/api/v1/cash/drawers', { meta: { quiet: true } });
  const form = useForm({ initialValues: { float: '0', branch_id: me.branches[0]?.id ?? '' } });
  return (
    <FormBody
      form={form}
      submit={t('open')}
      cancel={close}
      onSubmit={async ({ float, branch_id }, key) => {
        await open.mutateAsync({
          body: { float: parseMoney(float) ?? 0, branch_id: branch_id || null },
          ...keyed(key),
        });
        close();
      }}
    >
      <MoneyInput label={t('float')} data-autofocus {...form.getInputProps('float')} />
    </FormBody>
  );
}

function CountForm({ drawer, close }: { drawer: Drawer; close: () => void }) {
  const { t } = useTranslation('cash');
  const count = api.useMutation('post', '/api/v1/cash/drawers/{id}/count', {
    meta: { quiet: true },
  });
  const [pieces, setPieces] = useState<Record<number, number> | null>(null);
  const form = useForm({ initialValues: { counted: '', why: '' } });
  const sum = pieces
    ? PIECES.reduce((all, piece) => all + piece * (pieces[piece] ?? 0), 0)
    : parseMoney(form.values.counted);
  const difference = sum === null ? null : sum - drawer.expected;
  return (
    <FormBody
      form={form}
      submit={t('close')}
      cancel={close}
      onSubmit={async ({ counted, why }, key) => {
        await count.mutateAsync({
          params: { path: { id: drawer.id } },
          body: {
            counted: pieces ? null : parseMoney(counted),
            pieces: pieces && PIECES.map((piece): [number, number] => [piece, pieces[piece] ?? 0]),
            why: why.trim() || null,
          },
          ...keyed(key),
        });
        close();
      }}
    >
      <Figure label={t('expected')} value={<Money amount={drawer.expected} />} />
      {pieces ? (
        PIECES.map((piece) => (
          <NumberInput
            key={piece}
            label={groupDigits(piece)}
            min={0}
            value={pieces[piece] ?? 0}
            onChange={(n) => setPieces({ ...pieces, [piece]: Number(n) || 0 })}
          />
        ))
      ) : (
        <>
          <MoneyInput label={t('counted')} data-autofocus {...form.getInputProps('counted')} />
          <Button variant="subtle" size="compact-sm" onClick={() => setPieces({})}>
            {t('by_pieces')}
          </Button>
        </>
      )}
      {difference !== null && difference !== 0 && (
        <>
          <Text size="sm" component="div">
            {t('difference')} <Money amount={difference} tone="owed" />
          </Text>
          <TextInput label={t('why')} {...form.getInputProps('why')} />
        </>
      )}
    </FormBody>
  );
}
