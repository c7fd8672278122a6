import { Group, List, Progress, Stack, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { api } from '@/api/client';
import { groupDigits } from '@/lib/money';
import { path } from '@/lib/path';
import { useId } from '@/lib/use-id';
import { useLang } from '@/locales';
import { formatDay } from '@/lib/day';
import { Instant } from '@/ui/day';
import { Facts, Figure, Panel } from '@/ui/facts';
import { ButtonTo } from '@/ui/link';
import { Money } from '@/ui/money';
import { StateBadge } from '@/ui/state-badge';
import { Failed, Loading, PageHead } from '@/ui/states';

export function RunPage() {
  const { t } = useTranslation(['billing', 'common']);
  const id = useId();
  const lang = useLang();
  const found = api.useQuery(
    'get',
    '/api/v1/billing-runs/{id}',
    { params: { path: { id } } },
    { refetchInterval: (query) => (query.state.data?.state === 'running' ? 1000 : false) },
  );
  if (found.error) return <Failed error={found.error} again={() => void found.refetch()} />;
  if (!found.data) return <Loading />;
  const run = found.data;
  const share = run.expected > 0 ? Math.round((100 * run.issued) / run.expected) : 100;
  return (
    <Stack>
      <PageHead
        title={t('run_of', { day: formatDay(run.day, lang) })}
        badge={<StateBadge kind="run" state={run.state} />}
      >
        <ButtonTo variant="default" to={path.billingRuns()}>
          {t('runs')}
        </ButtonTo>
        <ButtonTo variant="default" to={path.invoices()}>
          {t('invoices')}
        </ButtonTo>
      </PageHead>
      <Panel>
        <Stack>
          <Progress
            value={share}
            size="lg"
            color={run.failed > 0 ? 'amber' : 'teal'}
            animated={run.state === 'running'}
            aria-label={t('run_progress')}
          />
          <Group gap={48}>
            <Figure
              label={t('run_issued')}
              value={groupDigits(run.issued)}
              note={t('run_expected', { n: groupDigits(run.expected) })}
            />
            <Figure label={t('common:total')} value={<Money amount={run.total} />} />
            <Figure label={t('run_failed')} value={groupDigits(run.failed)} />
          </Group>
          <Facts
            items={[
              [t('run_started'), <Instant key="s" at={run.started_at} />],
              [t('run_finished'), <Instant key="f" at={run.finished_at} />],
            ]}
          />
          {run.state === 'running' && (
            <Text size="sm" c="dimmed">
              {t('run_leave')}
            </Text>
          )}
        </Stack>
      </Panel>
      {run.failures.length > 0 && (
        <Panel title={t('run_failures')}>
          <List size="sm">
            {run.failures.map((failure) => (
              <List.Item key={failure.subscription_number}>
                <b>{failure.subscription_number}</b>: {failure.reason}
              </List.Item>
            ))}
          </List>
        </Panel>
      )}
    </Stack>
  );
}
