import { Button, Card, Group, Stack, Text, Title } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { api } from '@/api/client';
import type { Schemas } from '@/api/client';
import { StateBadge } from '@/ui/state-badge';
import { Empty, Failed, Loading, PageHead } from '@/ui/states';

/** What the technician carries, and what the warehouse has handed over and waits to be taken. */
export function BagPage() {
  const { t } = useTranslation('inventory');
  const found = api.useQuery('get', '/api/v1/bag');
  const accept = api.useMutation('post', '/api/v1/bag/accept', {
    onSuccess: () => void found.refetch(),
  });
  if (found.error) return <Failed error={found.error} again={() => void found.refetch()} />;
  if (!found.data) return <Loading />;
  const { items, offered, counted } = found.data;
  const empty = items.length + offered.length + counted.length === 0;
  return (
    <>
      <PageHead title={t('bag')} note={t('bag_count', { n: items.length })} />
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
          <Thing key={item.id} item={item} />
        ))}
        {counted.map((level) => (
          <Line key={level.type_id} title={level.name} note={level.code}>
            <Text fw={600}>
              {level.quantity} {level.unit}
            </Text>
          </Line>
        ))}
      </Stack>
    </>
  );
}

function Thing({ item }: { item: Schemas['ItemView'] }) {
  return (
    <Line title={item.serial} note={item.type_name}>
      <StateBadge kind="item" state={item.state} />
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
