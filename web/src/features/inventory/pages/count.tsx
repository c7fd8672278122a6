import { Alert, Badge, Grid, Group, Stack, Table, Text, TextInput } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, type Schemas } from '@/api/client';
import { useCan } from '@/api/session';
import { path } from '@/lib/path';
import { isForeign, readLine } from '@/lib/scan';
import { useId } from '@/lib/use-id';
import { ConfirmAction } from '@/ui/action';
import { Instant } from '@/ui/day';
import { Facts, Figure, Panel } from '@/ui/facts';
import { Icon } from '@/ui/icon';
import { To } from '@/ui/link';
import { Scanner } from '@/ui/scanner';
import { StateBadge } from '@/ui/state-badge';
import { Failed, Loading, PageHead, problemText } from '@/ui/states';

type Count = Schemas['CountWhole'];
type Line = Schemas['CountLine'];

const quiet = { meta: { quiet: true } };
/** What a person has to look at stands first. */
const FINDINGS = ['missing', 'unexpected', 'unknown', 'moved', 'there'] as const;
const TONE: Record<string, string> = {
  missing: 'red',
  unexpected: 'amber',
  unknown: 'amber',
  moved: 'gray',
  there: 'money',
};

/** One stock count: scan what is there, see what is missing, let another person decide. */
export function CountPage() {
  const { t } = useTranslation('inventory');
  const id = useId();
  const found = api.useQuery('get', '/api/v1/counts/{id}', { params: { path: { id } } });
  const locations = api.useQuery('get', '/api/v1/locations');
  if (found.error && !found.data) {
    return <Failed error={found.error} again={() => void found.refetch()} />;
  }
  if (!found.data) return <Loading rows={8} />;
  const count = found.data;
  const place = locations.data?.items.find((one) => one.id === count.location_id)?.name ?? '';
  const of = (finding: string) => count.lines.filter((line) => line.finding === finding).length;
  return (
    <>
      <PageHead
        title={count.number}
        badge={<StateBadge kind="count" state={count.state} />}
        note={place}
      >
        <Decide count={count} />
      </PageHead>
      <Grid gap="md">
        <Grid.Col span={{ base: 12, md: 4 }}>
          <Stack>
            {count.state === 'open' && <Scan count={count} />}
            <Panel title={t('count_sum')}>
              <Group gap={24} align="flex-start">
                <Figure
                  label={t('count_seen')}
                  value={`${of('there')} / ${count.lines.filter((line) => line.expected).length}`}
                />
                {(['missing', 'unexpected', 'unknown', 'moved'] as const).map((one) => (
                  <Figure key={one} label={t(`finding_${one}`)} value={of(one)} />
                ))}
              </Group>
            </Panel>
            <Panel>
              <Facts
                items={[
                  [t('count_by'), count.opened_by],
                  [t('count_opened'), <Instant key="o" at={count.opened_at} />],
                  [t('count_submitted'), <Instant key="s" at={count.submitted_at} />],
                  [t('count_decided_by'), count.decided_by],
                  [t('count_decided'), <Instant key="d" at={count.decided_at} />],
                  ...(count.reason ? [[t('reason'), count.reason] as const] : []),
                ]}
              />
            </Panel>
          </Stack>
        </Grid.Col>
        <Grid.Col span={{ base: 12, md: 8 }}>
          <Lines lines={count.lines} />
        </Grid.Col>
      </Grid>
    </>
  );
}

/** Each label is sent as it is read, so that nothing is lost when the phone dies. */
function Scan({ count }: { count: Count }) {
  const { t } = useTranslation('inventory');
  const can = useCan();
  const scan = api.useMutation('post', '/api/v1/counts/{id}/scan', quiet);
  const [reason, setReason] = useState('');
  const [last, setLast] = useState<{ serial: string; refusal: string } | null>(null);
  const verdict = can('stock_write', count, 'scan');
  const read = async (text: string, typed: boolean) => {
    const serial = readLine(text)?.serial;
    if (!serial || isForeign(serial)) {
      setLast({ serial: text, refusal: t('scan_foreign', { text: text.slice(0, 60) }) });
      return;
    }
    if (typed && !reason.trim()) {
      setLast({ serial, refusal: t('count_typed_why') });
      return;
    }
    try {
      await scan.mutateAsync({
        params: {
          path: { id: count.id },
          header: { 'Idempotency-Key': crypto.randomUUID() },
        },
        body: {
          serials: [serial],
          ...(typed ? { how: 'typed' as const, reason: reason.trim() } : {}),
        },
      });
      setLast({ serial, refusal: '' });
    } catch (error) {
      setLast({ serial, refusal: problemText(error) });
    }
  };
  if (!verdict.allowed) return null;
  return (
    <Panel title={t('count_scan')}>
      <Stack>
        <Scanner
          label={t('scan_serial')}
          placeholder={t('scan_serial_hint')}
          autoFocus
          error={last?.refusal || undefined}
          onCode={(text, typed) => void read(text, typed)}
        />
        {last && !last.refusal && (
          <Alert color="money" icon={<Icon name="check" />} role="status">
            {t('count_noted', { serial: last.serial })}
          </Alert>
        )}
        <TextInput
          label={t('typed_reason')}
          description={t('count_typed_hint')}
          value={reason}
          onChange={(event) => setReason(event.currentTarget.value)}
        />
      </Stack>
    </Panel>
  );
}

function Decide({ count }: { count: Count }) {
  const { t } = useTranslation('inventory');
  const can = useCan();
  const submit = api.useMutation('post', '/api/v1/counts/{id}/submit', quiet);
  const approve = api.useMutation('post', '/api/v1/counts/{id}/approve', quiet);
  const reject = api.useMutation('post', '/api/v1/counts/{id}/reject', quiet);
  const params = (key: string) => ({
    path: { id: count.id },
    header: { 'Idempotency-Key': key },
  });
  const missing = count.lines.filter((line) => line.finding === 'missing').length;
  const elsewhere = count.lines.filter((line) => line.finding === 'unexpected').length;
  if (count.state === 'open') {
    return (
      <ConfirmAction
        verdict={can('stock_write', count, 'submit')}
        title={t('count_submit_title')}
        text={t('count_submit_text', { missing, unexpected: elsewhere })}
        confirm={t('count_submit')}
        onConfirm={(_, key) => submit.mutateAsync({ params: params(key) })}
      >
        {t('count_submit')}
      </ConfirmAction>
    );
  }
  if (count.state !== 'submitted') return null;
  const verdict = can('ledger_read', count, 'decide');
  return (
    <Group gap={8}>
      <ConfirmAction
        variant="default"
        color="red"
        verdict={verdict}
        title={t('count_reject_title')}
        text={t('count_reject_text')}
        confirm={t('count_reject')}
        reason={t('reason')}
        onConfirm={(reason, key) => reject.mutateAsync({ params: params(key), body: { reason } })}
      >
        {t('count_reject')}
      </ConfirmAction>
      <ConfirmAction
        verdict={verdict}
        title={t('count_approve_title')}
        text={t('count_approve_text', { missing, unexpected: elsewhere })}
        confirm={t('count_approve')}
        onConfirm={async (_, key) => {
          const done = await approve.mutateAsync({ params: params(key) });
          notifications.show({
            color: 'teal',
            message: t('count_posted', {
              lost: done.lost.length,
              found: done.found.length,
              left: done.left.length,
            }),
          });
        }}
      >
        {t('count_approve')}
      </ConfirmAction>
    </Group>
  );
}

function Lines({ lines }: { lines: Line[] }) {
  const { t } = useTranslation('inventory');
  const rank = (line: Line) => FINDINGS.indexOf(line.finding as (typeof FINDINGS)[number]);
  const sorted = [...lines].sort((a, b) => rank(a) - rank(b) || a.serial.localeCompare(b.serial));
  return (
    <Panel title={t('count_lines', { n: lines.length })}>
      {lines.length === 0 && (
        <Text size="sm" c="dimmed">
          {t('count_nothing')}
        </Text>
      )}
      <Table>
        <Table.Tbody>
          {sorted.map((line) => (
            <Table.Tr key={line.serial}>
              <Table.Td>
                {line.item_id ? (
                  <To size="sm" to={path.item(line.serial)} className="serial">
                    {line.serial}
                  </To>
                ) : (
                  <span className="serial">{line.serial}</span>
                )}
              </Table.Td>
              <Table.Td>
                <Badge color={TONE[line.finding] ?? 'gray'} variant="light" tt="none">
                  {t(`finding_${line.finding}` as never)}
                </Badge>
              </Table.Td>
              <Table.Td ta="right">
                <Text size="xs" c="dimmed" component="div">
                  <Instant at={line.seen_at} />
                </Text>
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Panel>
  );
}
