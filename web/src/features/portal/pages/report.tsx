import {
  Alert,
  Badge,
  Button,
  Group,
  Radio,
  Select,
  Stack,
  Text,
  Textarea,
  Title,
} from '@mantine/core';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api } from '@/api/client';
import { path } from '@/lib/path';
import { keyed, useRequestKey } from '@/lib/request-key';
import { Instant } from '@/ui/day';
import { To } from '@/ui/link';
import { Failed, Loading, problemText } from '@/ui/states';

const CATEGORIES = ['no_internet', 'slow', 'unstable', 'device', 'other'] as const;
type Category = (typeof CATEGORIES)[number] | 'billing' | 'request';
type State = 'open' | 'in_progress' | 'waiting_customer' | 'resolved' | 'closed' | 'reopened';

export function PortalReportPage() {
  const { t } = useTranslation('portal');
  const home = api.useQuery('get', '/api/v1/portal/home');
  const tickets = api.useQuery('get', '/api/v1/portal/tickets');
  const report = api.useMutation('post', '/api/v1/portal/tickets', { meta: { quiet: true } });
  const request = useRequestKey();
  const [line, setLine] = useState<string | null>(null);
  const [category, setCategory] = useState<string>('no_internet');
  const [text, setText] = useState('');
  const error = home.error ?? tickets.error;
  if (error) return <Failed error={error} again={() => void tickets.refetch()} />;
  if (!home.data || !tickets.data) return <Loading />;
  const { lines } = home.data;
  const chosen = line ?? lines[0]?.id;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (!chosen) return;
    report.mutate(
      { ...keyed(request.key()), body: { subscription_id: chosen, category, text } },
      { onSettled: request.done },
    );
  };
  return (
    <Stack>
      <Title order={1}>{t('report')}</Title>
      {report.isSuccess ? (
        <Alert color="money" role="status">
          {t('report_sent', { number: report.data.number })}
        </Alert>
      ) : (
        <form onSubmit={submit}>
          <Stack>
            {lines.length > 1 && (
              <Select
                label={t('connection')}
                data={lines.map((one) => ({ value: one.id, label: `${one.plan} · ${one.number}` }))}
                value={chosen ?? null}
                onChange={setLine}
                allowDeselect={false}
              />
            )}
            <Radio.Group label={t('report_what')} value={category} onChange={setCategory}>
              <Stack mt="xs">
                {CATEGORIES.map((one) => (
                  <Radio key={one} value={one} size="md" label={t(`cat_${one}`)} />
                ))}
              </Stack>
            </Radio.Group>
            <Textarea
              label={t('report_text')}
              autosize
              minRows={3}
              value={text}
              onChange={(event) => setText(event.currentTarget.value)}
            />
            {report.error != null && (
              <Alert color="red" role="alert">
                {problemText(report.error)}
              </Alert>
            )}
            <Button type="submit" size="lg" loading={report.isPending}>
              {t('report_send')}
            </Button>
          </Stack>
        </form>
      )}
      {tickets.data.items.length > 0 && <Title order={2}>{t('reports')}</Title>}
      {tickets.data.items.map((one) => (
        <To key={one.id} to={path.myTicket(one.id)} underline="never" c="inherit">
          <Group justify="space-between" wrap="nowrap" mih={44}>
            <div>
              <Text>
                {t(`cat_${one.category as Category}`)} · {one.number}
              </Text>
              <Text size="sm" c="dimmed" component="div">
                <Instant at={one.created_at} />
              </Text>
            </div>
            <Badge
              variant="light"
              tt="none"
              color={one.state === 'waiting_customer' ? 'amber' : undefined}
            >
              {t(`ticket_${one.state as State}`)}
            </Badge>
          </Group>
        </To>
      ))}
    </Stack>
  );
}
