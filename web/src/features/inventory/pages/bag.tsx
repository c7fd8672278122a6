import { Button, Card, Checkbox, Group, Stack, Text, Title } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { notifications } from '@mantine/notifications';
import { useState } from 'react';
import { api, type Schemas } from '@/api/client';
import { useBag } from '@/pwa/device-copy';
import { CopyLine } from '@/ui/copy-line';
import { FormDrawer } from '@/ui/form';
import { StateBadge } from '@/ui/state-badge';
import { Empty, Failed, Loading, PageHead } from '@/ui/states';
import { ReturnForm } from '../parts/return-form';

/** What the technician carries, and what the warehouse has handed over and waits to be taken. */
export function BagPage() {
  const { t } = useTranslation('inventory');
  const found = useBag();
  const [chosen, setChosen] = useState<string[]>([]);
  const [returning, setReturning] = useState(false);
  const accept = api.useMutation('post', '/api/v1/bag/accept', {
    onSuccess: ({ lines }) => {
      for (const line of lines.filter((one) => !one.ok)) {
        notifications.show({ color: 'red', message: `${line.serial}: ${line.detail ?? ''}` });
      }
    },
  });
  if (found.error && !found.data)
    return <Failed error={found.error} again={() => void found.refetch()} />;
  if (!found.data) return <Loading />;
  const { items, offered, counted, warehouses } = found.data.value;
  const mine = chosen.filter((serial) => items.some((item) => item.serial === serial));
  const toggle = (serial: string) =>
    setChosen(mine.includes(serial) ? mine.filter((one) => one !== serial) : [...mine, serial]);
  const empty = items.length + offered.length + counted.length === 0;
  return (
    <>
      <PageHead title={t('bag')} note={t('bag_count', { n: items.length })}>
        {mine.length > 0 && (
          <Button size="md" onClick={() => setReturning(true)}>
            {t('bag_return', { n: mine.length })}
          </Button>
        )}
      </PageHead>
      <CopyLine copy={found.data} />
      {empty && <Empty icon="bag" title={t('bag_empty')} hint={t('bag_empty_hint')} />}
      <Stack gap={8}>
        {offered.length > 0 && (
          <>
            <Group justify="space-between">
              <Title order={2} size="sm" c="dimmed">
                {t('bag_offered')}
              </Title>
              <Button
                loading={accept.isPending}
                onClick={() =>
                  accept.mutate({
                    body: { serials: offered.map((o) => o.serial), how: 'picked' },
                  })
                }
              >
                {t('bag_accept')}
              </Button>
            </Group>
            {offered.map((item) => (
              <Thing key={item.id} item={item} />
            ))}
          </>
        )}
        {items.map((item) => (
          <Thing
            key={item.id}
            item={item}
            chosen={mine.includes(item.serial)}
            toggle={() => toggle(item.serial)}
          />
        ))}
        {counted.map((level) => (
          <Line key={level.type_id} title={level.name} note={level.code}>
            <Text fw={600}>
              {level.quantity} {level.unit}
            </Text>
          </Line>
        ))}
      </Stack>
      <FormDrawer
        opened={returning}
        close={() => setReturning(false)}
        title={t('bag_return', { n: mine.length })}
      >
        <ReturnForm serials={mine} warehouses={warehouses} close={() => setReturning(false)} />
      </FormDrawer>
    </>
  );
}

type ThingProps = { item: Schemas['ItemView']; chosen?: boolean; toggle?: () => void };

function Thing({ item, chosen, toggle }: ThingProps) {
  const { t } = useTranslation('inventory');
  return (
    <Line title={item.serial} note={item.type_name}>
      <Group gap="sm" wrap="nowrap">
        <StateBadge kind="item" state={item.state} />
        {toggle && (
          <Checkbox
            size="lg"
            aria-label={t('choose', { serial: item.serial })}
            checked={chosen}
            onChange={toggle}
          />
        )}
      </Group>
    </Line>
  );
}

function Line(props: { title: string; note: string; children: React.ReactNode }) {
  return (
    <Card
      withBorder
      padding="sm"
      style={{ background: 'var(--surface)', borderColor: 'var(--line)' }}
    >
      <Group justify="space-between" wrap="nowrap">
        <div>
          <Text fw={600} className="serial">
            {props.title}
          </Text>
          <Text size="sm" c="dimmed">
            {props.note}
          </Text>
        </div>
        {props.children}
      </Group>
    </Card>
  );
}
