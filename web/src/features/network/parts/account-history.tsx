import { Stack } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { api } from '@/api/client';
import { useCan } from '@/api/session';
import { ConfirmAction } from '@/ui/action';
import { DataTable } from '@/ui/data-table';
import { Instant } from '@/ui/day';
import { StateBadge } from '@/ui/state-badge';
import { Empty } from '@/ui/states';

/** How a subscription's access changed, and what the routers were told and answered. */
export function AccountHistory({ subscription }: { subscription: string }) {
  const { t } = useTranslation('network');
  const can = useCan();
  const params = { path: { subscription } };
  const changes = api.useQuery(
    'get',
    '/api/v1/access/{subscription}/changes',
    { params },
    { enabled: can('why_read').allowed },
  );
  const attempts = api.useQuery(
    'get',
    '/api/v1/access/{subscription}/attempts',
    { params },
    { enabled: can('session_read').allowed },
  );
  return (
    <Stack>
      {can('why_read').allowed && (
        <DataTable
          label={t('changes')}
          query={changes}
          rowKey={(row) => String(row.version)}
          title={t('changes')}
          columns={[
            { id: 'at', header: t('when'), cell: (row) => <Instant at={row.at} /> },
            {
              id: 'desired',
              header: t('wanted'),
              cell: (row) => <StateBadge kind="access" state={row.desired} />,
            },
            { id: 'why', header: t('why'), cell: (row) => row.reason },
            {
              id: 'enforced',
              header: t('enforced'),
              right: true,
              wideOnly: true,
              cell: (row) => <Instant at={row.enforced_at} />,
            },
          ]}
          empty={<Empty icon="clock" title={t('changes_empty')} />}
        />
      )}
      {can('session_read').allowed && (
        <DataTable
          label={t('attempts')}
          query={attempts}
          rowKey={(row) => `${row.sent_at}-${row.session_id}-${row.how}`}
          title={t('attempts')}
          tools={<Resend subscription={subscription} />}
          columns={[
            { id: 'at', header: t('when'), cell: (row) => <Instant at={row.sent_at} /> },
            { id: 'nas', header: t('nas_one'), cell: (row) => row.nas_name },
            { id: 'how', header: t('how'), wideOnly: true, cell: (row) => row.how },
            {
              id: 'answer',
              header: t('last_answer'),
              cell: (row) => (row.error_cause ? `${row.answer} (${row.error_cause})` : row.answer),
            },
            {
              id: 'took',
              header: t('took'),
              right: true,
              wideOnly: true,
              cell: (row) => t('ms', { n: row.took_ms }),
            },
          ]}
          empty={<Empty icon="network" title={t('attempts_empty')} />}
        />
      )}
    </Stack>
  );
}

/** Tells the routers once more what is wanted, instead of waiting for the next try. */
export function Resend({ subscription }: { subscription: string }) {
  const { t } = useTranslation('network');
  const can = useCan();
  const resend = api.useMutation('post', '/api/v1/access/{subscription}/resend', {
    meta: { quiet: true },
  });
  return (
    <ConfirmAction
      size="compact-sm"
      variant="default"
      verdict={can('session_kick')}
      title={t('resend_title')}
      text={t('resend_text')}
      confirm={t('resend')}
      onConfirm={() => resend.mutateAsync({ params: { path: { subscription } } })}
    >
      {t('resend')}
    </ConfirmAction>
  );
}
