import { useTranslation } from 'react-i18next';
import { api } from '@/api/client';
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
  item: 'box',
  message: 'message',
  lead: 'lead',
};

/** Everything that happened with a customer, newest first. */
export function CustomerTimeline({ customer }: { customer: string }) {
  const { t } = useTranslation('chain');
  const found = api.useQuery('get', '/api/v1/customers/{id}/timeline', {
    params: { path: { id: customer } },
  });
  return (
    <Panel title={t('timeline')}>
      {found.isPending && <Loading rows={4} />}
      {found.error && <Failed error={found.error} again={() => void found.refetch()} />}
      {found.data?.items.length === 0 && <Empty icon="clock" title={t('timeline_empty')} />}
      {found.data && (
        <Timeline
          items={found.data.items.map((entry, index) => ({
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
    </Panel>
  );
}
