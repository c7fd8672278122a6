import { Button } from '@mantine/core';
import { useInfiniteQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { client } from '@/api/client';
import { Panel } from '@/ui/facts';
import type { IconName } from '@/ui/icon';
import { To } from '@/ui/link';
import { Empty, Failed, Loading } from '@/ui/states';
import { Timeline } from '@/ui/timeline';

const ICONS: Record<string, IconName> = {
  invoice: 'invoice',
  payment: 'cash',
  access: 'lock',
  session: 'network',
  work_order: 'job',
  ticket: 'question',
  item: 'box',
  message: 'message',
  lead: 'lead',
};

/** Everything that happened with a customer, newest first. */
export function CustomerTimeline({ customer }: { customer: string }) {
  const { t } = useTranslation('chain');
  const found = useInfiniteQuery({
    // `get` first: read anew whenever something was changed, as every question to the server
    queryKey: ['get', '/api/v1/customers/{id}/timeline', customer],
    queryFn: async ({ pageParam, signal }) => {
      const { data } = await client.GET('/api/v1/customers/{id}/timeline', {
        params: {
          path: { id: customer },
          query: { limit: 30, ...(pageParam && { after: pageParam }) },
        },
        signal,
      });
      return data ?? { items: [] };
    },
    initialPageParam: '',
    getNextPageParam: (last) => last.next ?? null,
  });
  const entries = found.data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <Panel title={t('timeline')}>
      {found.isPending && <Loading rows={4} />}
      {found.error && <Failed error={found.error} again={() => void found.refetch()} />}
      {found.data && entries.length === 0 && <Empty icon="clock" title={t('timeline_empty')} />}
      {found.data && (
        <Timeline
          items={entries.map((entry, index) => ({
            key: `${index}-${entry.at}`,
            at: entry.at,
            icon: ICONS[entry.kind] ?? 'clock',
            title: entry.path ? (
              <To size="sm" to={entry.path}>
                {entry.text}
              </To>
            ) : (
              entry.text
            ),
            note: entry.by ?? undefined,
          }))}
        />
      )}
      {found.hasNextPage && (
        <Button
          mt="md"
          size="xs"
          variant="default"
          loading={found.isFetchingNextPage}
          onClick={() => void found.fetchNextPage()}
        >
          {t('timeline_more')}
        </Button>
      )}
    </Panel>
  );
}
