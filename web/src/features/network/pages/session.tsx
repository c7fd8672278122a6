import { Grid } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { api } from '@/api/client';
import { useCan } from '@/api/session';
import { formatBytes } from '@/lib/bytes';
import { formatAge } from '@/lib/day';
import { path } from '@/lib/path';
import { useId } from '@/lib/use-id';
import { useLang } from '@/locales';
import { Instant } from '@/ui/day';
import { Facts, Panel } from '@/ui/facts';
import { To } from '@/ui/link';
import { StateBadge } from '@/ui/state-badge';
import { Failed, Loading, PageHead } from '@/ui/states';
import { AccountHistory } from '../parts/account-history';
import { Kick } from '../parts/kick';

export function SessionPage() {
  const { t } = useTranslation(['network', 'common']);
  const id = useId();
  const lang = useLang();
  const can = useCan();
  const found = api.useQuery(
    'get',
    '/api/v1/sessions/{id}',
    { params: { path: { id } } },
    { refetchInterval: 15_000 },
  );
  if (found.error && !found.data) {
    return <Failed error={found.error} again={() => void found.refetch()} />;
  }
  if (!found.data) return <Loading />;
  const session = found.data;
  return (
    <>
      <PageHead
        title={<span className="serial">{session.username}</span>}
        badge={
          <>
            <StateBadge kind="session" state={session.state} />
            {session.isolated && <StateBadge kind="access" state="isolated" />}
          </>
        }
        note={
          session.customer_id ? (
            <To size="sm" to={path.customer(session.customer_id)}>
              {session.customer_name}
            </To>
          ) : (
            t('nobody')
          )
        }
      >
        {session.state !== 'closed' && <Kick session={session} />}
      </PageHead>
      <Grid gap="md">
        <Grid.Col span={{ base: 12, lg: 5 }}>
          <Panel title={t('session')}>
            <Facts
              items={[
                [
                  t('account'),
                  session.account_id && can('account_read').allowed ? (
                    <To key="a" size="sm" to={path.networkAccount(session.account_id)}>
                      {session.username}
                    </To>
                  ) : (
                    session.username
                  ),
                ],
                [
                  t('ip'),
                  <span key="i" className="serial">
                    {session.framed_ip ?? '–'}
                  </span>,
                ],
                [
                  t('mac'),
                  <span key="m" className="serial">
                    {session.mac ?? '–'}
                  </span>,
                ],
                [t('nas_one'), session.nas_name],
                [t('started'), <Instant key="s" at={session.started_at} />],
                [t('updated'), <Instant key="u" at={session.updated_at} />],
                [t('stopped'), <Instant key="e" at={session.stopped_at} />],
                [t('online_for'), formatAge(session.secs, lang)],
                [
                  t('down_up'),
                  `${formatBytes(session.bytes_out)} / ${formatBytes(session.bytes_in)}`,
                ],
                [t('ended_by'), session.ended_by],
                [t('cause'), session.cause],
                [
                  t('acct_id'),
                  <span key="n" className="serial">
                    {session.acct_session_id}
                  </span>,
                ],
              ]}
            />
          </Panel>
        </Grid.Col>
        <Grid.Col span={{ base: 12, lg: 7 }}>
          {session.subscription_id && <AccountHistory subscription={session.subscription_id} />}
        </Grid.Col>
      </Grid>
    </>
  );
}
