import { Group, Progress, Stack, Table, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { api, type Schemas } from '@/api/client';
import { formatBytes, formatQuota } from '@/lib/bytes';
import { Day } from '@/ui/day';
import { Figure, Panel } from '@/ui/facts';
import { Empty, Failed, Loading } from '@/ui/states';

/** What each subscription moved, day by day. */
export function CustomerUsage({ chains }: { chains: Schemas['ChainView'][] }) {
  return (
    <Stack>
      {chains.map((chain) => (
        <Usage key={chain.subscription_id} chain={chain} />
      ))}
    </Stack>
  );
}

function Usage({ chain }: { chain: Schemas['ChainView'] }) {
  const { t } = useTranslation('chain');
  const found = api.useQuery('get', '/api/v1/access/{subscription}/usage', {
    params: { path: { subscription: chain.subscription_id } },
  });
  const days = [...(found.data?.items ?? [])].reverse();
  const most = Math.max(1, ...days.map((one) => one.bytes_in + one.bytes_out));
  const quota = found.data?.quota;
  return (
    <Panel title={`${chain.plan_name} · ${chain.number}`}>
      {found.error && <Failed error={found.error} again={() => void found.refetch()} />}
      {found.isPending && <Loading rows={4} />}
      {found.data && days.length === 0 && <Empty icon="network" title={t('usage_empty')} />}
      {found.data && days.length > 0 && (
        <Stack>
          <Group gap={48}>
            <Figure label={t('usage_down')} value={formatBytes(found.data.bytes_out)} />
            <Figure label={t('usage_up')} value={formatBytes(found.data.bytes_in)} />
            {quota && (
              <Figure
                label={t('usage_quota')}
                value={formatQuota(quota.used_bytes, quota.limit_bytes)}
                note={t('usage_of', { limit: formatQuota(quota.limit_bytes) })}
              />
            )}
          </Group>
          {quota && (
            <Progress
              aria-label={t('usage_quota')}
              value={Math.min(100, (100 * quota.used_bytes) / Math.max(1, quota.limit_bytes))}
              color={quota.crossed_at ? 'red' : 'teal'}
            />
          )}
          <Table.ScrollContainer minWidth={320} mah={420}>
            <Table verticalSpacing={4}>
              <Table.Tbody>
                {days.map((one) => (
                  <Table.Tr key={one.day}>
                    <Table.Td w={110}>
                      <Day day={one.day} />
                    </Table.Td>
                    <Table.Td>
                      <Progress
                        aria-hidden
                        size="sm"
                        value={(100 * (one.bytes_in + one.bytes_out)) / most}
                      />
                    </Table.Td>
                    <Table.Td className="num" w={190}>
                      <Text size="sm">
                        {formatBytes(one.bytes_out)} / {formatBytes(one.bytes_in)}
                      </Text>
                    </Table.Td>
                  </Table.Tr>
                ))}
              </Table.Tbody>
            </Table>
          </Table.ScrollContainer>
        </Stack>
      )}
    </Panel>
  );
}
