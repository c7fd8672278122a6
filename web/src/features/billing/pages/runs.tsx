import { Alert, Button, Group, Stack, Table, Text } from '@mantine/core';
import { DateInput } from '@/ui/day-input';
import { keepPreviousData } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, type Schemas } from '@/api/client';
import { useCan, useToday } from '@/api/session';
import { listQuery, useListState } from '@/lib/list-state';
import { groupDigits } from '@/lib/money';
import { path } from '@/lib/path';
import { keyed } from '@/lib/request-key';
import { ConfirmAction } from '@/ui/action';
import { DataTable } from '@/ui/data-table';
import { Day, Instant, Period } from '@/ui/day';
import { Figure, Panel } from '@/ui/facts';
import { Icon } from '@/ui/icon';
import { Money } from '@/ui/money';
import { StateBadge } from '@/ui/state-badge';
import { Empty, Failed, PageHead } from '@/ui/states';

/** Lines of a preview at once. */
const PAGE = 50;

export function RunsPage() {
  const { t } = useTranslation(['billing', 'common']);
  const today = useToday();
  const navigate = useNavigate();
  const [day, setDay] = useState<string>(today);
  const preview = api.useMutation('post', '/api/v1/billing-runs/preview', {
    meta: { quiet: true },
  });
  const state = useListState();
  const runs = api.useQuery(
    'get',
    '/api/v1/billing-runs',
    { params: { query: listQuery(state, 25) } },
    { placeholderData: keepPreviousData },
  );
  return (
    <Stack>
      <PageHead title={t('runs')} note={t('runs_note')} />
      <Panel title={t('run_new')}>
        <Stack>
          <Group align="flex-end" gap={8}>
            <DateInput
              label={t('run_day')}
              value={day}
              onChange={(value) => {
                setDay(value ?? today);
                preview.reset();
              }}
            />
            <Button
              variant={preview.data ? 'default' : 'filled'}
              loading={preview.isPending}
              onClick={() => preview.mutate({ body: { day, limit: PAGE } })}
            >
              {t('run_preview')}
            </Button>
          </Group>
          {preview.error ? <Failed error={preview.error} /> : null}
          {preview.data && <Preview key={preview.data.hash} preview={preview.data} />}
        </Stack>
      </Panel>
      <DataTable
        label={t('runs')}
        query={runs}
        state={state}
        rowKey={(run) => run.id}
        onOpen={(run) => void navigate({ to: path.billingRun(run.id) })}
        columns={[
          { id: 'day', header: t('run_day'), cell: (run) => <Day day={run.day} /> },
          {
            id: 'state',
            header: t('common:state'),
            cell: (run) => <StateBadge kind="run" state={run.state} />,
          },
          {
            id: 'issued',
            header: t('run_issued'),
            right: true,
            cell: (run) => groupDigits(run.issued),
          },
          {
            id: 'credited',
            header: t('credit_notes'),
            right: true,
            wideOnly: true,
            cell: (run) => groupDigits(run.credit_notes),
          },
          {
            id: 'total',
            header: t('common:total'),
            right: true,
            cell: (run) => <Money amount={run.total} />,
          },
          {
            id: 'at',
            header: t('run_started'),
            right: true,
            wideOnly: true,
            cell: (run) => <Instant at={run.started_at} />,
          },
        ]}
        empty={<Empty icon="run" title={t('runs_empty')} hint={t('runs_empty_hint')} />}
      />
    </Stack>
  );
}

function Preview({ preview }: { preview: Schemas['RunPreview'] }) {
  const { t } = useTranslation(['billing', 'common']);
  const can = useCan();
  const navigate = useNavigate();
  // the rows beyond the first page, as they are asked for
  const [more, setMore] = useState<Schemas['RunPreviewItem'][]>([]);
  const [next, setNext] = useState(preview.next ?? null);
  const page = api.useMutation('post', '/api/v1/billing-runs/preview', { meta: { quiet: true } });
  const showMore = async () => {
    const answer = await page.mutateAsync({
      body: { day: preview.day, after: next, limit: PAGE },
    });
    setMore([...more, ...answer.items]);
    setNext(answer.next ?? null);
  };
  const items = [...preview.items, ...more];
  const issue = api.useMutation('post', '/api/v1/billing-runs', { meta: { quiet: true } });
  if (preview.count === 0 && preview.credit_notes === 0) {
    return (
      <Alert color="teal" icon={<Icon name="check" />}>
        {t('run_nothing')}
      </Alert>
    );
  }
  return (
    <Stack>
      <Group gap={48}>
        <Figure label={t('run_count')} value={groupDigits(preview.count)} />
        {preview.credit_notes > 0 && (
          <Figure label={t('credit_notes')} value={groupDigits(preview.credit_notes)} />
        )}
        <Figure label={t('base')} value={<Money amount={preview.base} />} />
        <Figure label={t('tax')} value={<Money amount={preview.tax} />} />
        <Figure label={t('common:total')} value={<Money amount={preview.total} />} />
      </Group>
      <Table.ScrollContainer minWidth={520} mah={420}>
        <Table stickyHeader>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>{t('customer')}</Table.Th>
              <Table.Th>{t('period')}</Table.Th>
              <Table.Th>{t('formula')}</Table.Th>
              <Table.Th className="num">{t('common:total')}</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {items.map((item) => (
              <Table.Tr key={`${item.subscription_id}-${item.period_from}`}>
                <Table.Td>
                  {item.customer_name}
                  <Text size="xs" c="dimmed">
                    {item.subscription_number}
                  </Text>
                </Table.Td>
                <Table.Td>
                  <Period from={item.period_from} to={item.period_to} />
                </Table.Td>
                <Table.Td>
                  <Text size="sm" c="dimmed">
                    {item.formula}
                  </Text>
                </Table.Td>
                <Table.Td className="num">
                  <Money amount={item.total} />
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
      {page.error ? <Failed error={page.error} /> : null}
      {next && (
        <Button
          variant="default"
          loading={page.isPending}
          onClick={() => void showMore().catch(() => undefined)}
        >
          {t('run_more', { rows: groupDigits(Math.max(0, preview.subscriptions - items.length)) })}
        </Button>
      )}
      <Group>
        <ConfirmAction
          verdict={can('billing_run')}
          title={t('run_issue_title')}
          text={
            <>
              {t('run_issue_text', { n: groupDigits(preview.count) })}{' '}
              <Money amount={preview.total} bold />
              {preview.credit_notes > 0 && (
                <div>{t('run_credits_text', { n: groupDigits(preview.credit_notes) })}</div>
              )}
            </>
          }
          confirm={t('run_issue')}
          onConfirm={async (_, key) => {
            const run = await issue.mutateAsync({
              body: { day: preview.day, hash: preview.hash },
              ...keyed(key),
            });
            await navigate({ to: path.billingRun(run.id) });
          }}
        >
          {t('run_issue')}
        </ConfirmAction>
      </Group>
    </Stack>
  );
}
