import { Card, Group, Stack, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { api } from '@/api/client';
import { StateBadge } from '@/ui/state-badge';
import { Empty, Failed, Loading, PageHead } from '@/ui/states';

/** What the technician carries. */
export function BagPage() {
  const { t } = useTranslation('inventory');
  const found = api.useQuery('get', '/api/v1/items', {
    params: { query: { location: 'mine', limit: 200 } },
  });
  if (found.error) return <Failed error={found.error} again={() => void found.refetch()} />;
  return (
    <>
      <PageHead
        title={t('bag')}
        note={found.data && t('bag_count', { n: found.data.items.length })}
      />
      {found.isPending && <Loading />}
      {found.data?.items.length === 0 && (
        <Empty icon="bag" title={t('bag_empty')} hint={t('bag_empty_hint')} />
      )}
      <Stack gap={8}>
        {found.data?.items.map((item) => (
          <Card
            key={item.id}
            withBorder
            padding="sm"
            style={{ background: 'var(--surface)', borderColor: 'var(--line)' }}
          >
            <Group justify="space-between" wrap="nowrap">
              <div>
                <Text fw={600} className="serial">
                  {item.serial}
                </Text>
                <Text size="sm" c="dimmed">
                  {item.type_name}
                </Text>
              </div>
              <StateBadge kind="item" state={item.state} />
            </Group>
          </Card>
        ))}
      </Stack>
    </>
  );
}
