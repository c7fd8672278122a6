// The conversation: what the customer reads, what staff say among themselves, and what was done.
import {
  Alert,
  Badge,
  Button,
  FileButton,
  Group,
  SegmentedControl,
  Stack,
  Text,
  Textarea,
} from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, client, type Schemas } from '@/api/client';
import { useCan } from '@/api/session';
import { useRequestKey } from '@/lib/request-key';
import { file } from '@/lib/path';
import { shrink } from '@/lib/picture';
import { Problem } from '@/api/problem';
import { Instant } from '@/ui/day';
import { Panel } from '@/ui/facts';
import { Icon } from '@/ui/icon';
import { problemText } from '@/ui/states';
import { useQueryClient } from '@tanstack/react-query';
import classes from './ticket-talk.module.css';

type Ticket = Schemas['Ticket'];
type Entry = Schemas['TicketEntry'];

export function TicketTalk({ ticket }: { ticket: Ticket }) {
  const { t } = useTranslation('ticket');
  return (
    <Panel title={t('talk')}>
      <Stack>
        <ol className={classes.talk}>
          {ticket.story.map((entry) => (
            <Line key={entry.id} entry={entry} />
          ))}
        </ol>
        {ticket.can.comment.allowed && <Say ticket={ticket} />}
      </Stack>
    </Panel>
  );
}

/** Words in a bubble; a mere deed in one line. */
function Line({ entry }: { entry: Entry }) {
  const { t } = useTranslation('ticket');
  const deed = t(
    `said_${entry.kind}` as 'said_assigned',
    {
      name: entry.text,
      change: entry.text,
      number: entry.text,
      what: entry.text,
    } as { name: string },
  );
  const told = ['assigned', 'prioritized', 'work_order', 'work_order_ended', 'breached'];
  const words = told.includes(entry.kind) ? '' : entry.text;
  const head = (
    <Text size="xs" c="dimmed" component="div">
      {entry.kind !== 'breached' && entry.kind !== 'work_order_ended' && <b>{entry.by}</b>} {deed} ·{' '}
      <Instant at={entry.at} />
      {entry.internal && (words || entry.photo_id) && (
        <Badge size="xs" ml={8} color="amber" variant="light" tt="none">
          {t('internal')}
        </Badge>
      )}
    </Text>
  );
  if (!words && !entry.photo_id) return <li className={classes.deed}>{head}</li>;
  const side = entry.internal ? classes.internal : entry.side === 'staff' ? classes.ours : '';
  return (
    <li className={`${classes.bubble} ${side}`}>
      {head}
      {words && (
        <Text size="sm" style={{ whiteSpace: 'pre-wrap', overflowWrap: 'anywhere' }}>
          {words}
        </Text>
      )}
      {entry.photo_id && (
        <a href={file.ticketPhoto(entry.photo_id)} target="_blank" rel="noopener">
          <img
            src={file.ticketPhoto(entry.photo_id)}
            alt={t('photo')}
            className={classes.photo}
            loading="lazy"
          />
        </a>
      )}
    </li>
  );
}

function Say({ ticket }: { ticket: Ticket }) {
  const { t } = useTranslation('ticket');
  const can = useCan();
  const queries = useQueryClient();
  const say = api.useMutation('post', '/api/v1/tickets/{id}/comments', { meta: { quiet: true } });
  const [text, setText] = useState('');
  const [to, setTo] = useState<'public' | 'internal'>('public');
  const [refusal, setRefusal] = useState('');
  const [sending, setSending] = useState(false);
  const request = useRequestKey();
  const internal = to === 'internal';
  const doing = async (deed: () => Promise<unknown>) => {
    setSending(true);
    setRefusal('');
    try {
      await deed();
      request.done();
    } catch (error) {
      if (!Problem.from(error).passes) request.done();
      setRefusal(problemText(error));
    } finally {
      setSending(false);
    }
  };
  const send = () =>
    doing(async () => {
      const params = {
        path: { id: ticket.id },
        header: { 'Idempotency-Key': request.key() },
      };
      await say.mutateAsync({ params, body: { text: text.trim(), internal } });
      setText('');
    });
  const attach = (picture: File | null) => {
    if (!picture) return;
    void doing(async () => {
      const small = await shrink(picture).catch(() => null);
      if (!small) {
        setRefusal(t('photo_unread'));
        return;
      }
      await client.POST('/api/v1/tickets/{id}/photos', {
        params: { path: { id: ticket.id }, query: { internal } },
        body: small as never,
        bodySerializer: (body: unknown) => body as never,
        headers: { 'Content-Type': 'image/jpeg' },
      });
      await queries.invalidateQueries({ predicate: (query) => query.queryKey[0] === 'get' });
    });
  };
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (text.trim()) void send();
      }}
    >
      <Stack gap={8}>
        {can('ticket_handle').allowed && (
          <SegmentedControl
            size="xs"
            aria-label={t('say')}
            value={to}
            onChange={(value) => setTo(value as typeof to)}
            data={[
              { value: 'public', label: t('say_public') },
              { value: 'internal', label: t('say_internal') },
            ]}
          />
        )}
        <Textarea
          aria-label={t('say')}
          placeholder={t('say')}
          description={can('ticket_handle').allowed && t(`say_${to}_hint`)}
          inputWrapperOrder={['label', 'input', 'description', 'error']}
          autosize
          minRows={2}
          maxLength={4000}
          value={text}
          onChange={(event) => setText(event.currentTarget.value)}
        />
        {refusal && (
          <Alert color="red" icon={<Icon name="warning" />} role="alert">
            {refusal}
          </Alert>
        )}
        <Group justify="space-between">
          <FileButton onChange={attach} accept="image/*">
            {(props) => (
              <Button
                {...props}
                variant="default"
                leftSection={<Icon name="camera" size={16} />}
                loading={sending}
              >
                {t('add_photo')}
              </Button>
            )}
          </FileButton>
          <Button type="submit" loading={sending} disabled={!text.trim()}>
            {t('send')}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
