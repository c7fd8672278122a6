import { Alert, Badge, Button, Group, Paper, Stack, Text, Textarea, Title } from '@mantine/core';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, type Schemas } from '@/api/client';
import { useDraft } from '@/lib/draft';
import { file, path } from '@/lib/path';
import { keyed, useRequestKey } from '@/lib/request-key';
import { useId } from '@/lib/use-id';
import { Instant } from '@/ui/day';
import { To } from '@/ui/link';
import { Failed, Loading, problemText } from '@/ui/states';

type Page = Schemas['PortalTicketPage'];

/** One report: what was said and done, and the customer's own word. */
export function PortalTicketPage() {
  const { t } = useTranslation('portal');
  const id = useId();
  const found = api.useQuery(
    'get',
    '/api/v1/portal/tickets/{id}',
    { params: { path: { id } } },
    { refetchInterval: 15_000 },
  );
  if (found.error) return <Failed error={found.error} again={() => void found.refetch()} />;
  if (!found.data) return <Loading />;
  const ticket = found.data;
  const again = () => found.refetch();
  return (
    <Stack>
      <Group justify="space-between" wrap="nowrap" align="flex-start">
        <div>
          <Title order={1}>{t('report_one', { number: ticket.number })}</Title>
          <Text c="dimmed">{t(`cat_${ticket.category}` as never)}</Text>
        </div>
        <Badge variant="light" tt="none" mt={6}>
          {t(`ticket_${ticket.state}` as never)}
        </Badge>
      </Group>
      <Stack gap="sm" component="ol" p={0} m={0} style={{ listStyle: 'none' }}>
        {ticket.story.map((entry) => (
          <Entry key={entry.id} entry={entry} />
        ))}
      </Stack>
      {ticket.can.close.allowed && <Agree id={id} again={again} />}
      {ticket.can.comment.allowed && <Reply id={id} again={again} />}
      <To to={path.myReport()}>{t('report_back')}</To>
    </Stack>
  );
}

const SAID = ['opened', 'comment', 'photo', 'waiting'];

function Entry({ entry }: { entry: Page['story'][number] }) {
  const { t, i18n } = useTranslation('portal');
  const key = `portal:entry_${entry.kind}`;
  const word = i18n.exists(key) ? t(`entry_${entry.kind}` as never) : t('entry_other');
  const who = entry.mine ? t('report_says_me') : t('report_says_us');
  return (
    <Paper component="li" withBorder p="sm" ml={entry.mine ? 'xl' : 0} mr={entry.mine ? 0 : 'xl'}>
      <Group justify="space-between" gap={8}>
        <Text size="sm" fw={600}>
          {SAID.includes(entry.kind) ? `${who} · ${word}` : word}
        </Text>
        <Text size="sm" c="dimmed" component="div">
          <Instant at={entry.at} />
        </Text>
      </Group>
      {entry.text && (
        <Text mt={4} style={{ whiteSpace: 'pre-wrap', overflowWrap: 'anywhere' }}>
          {entry.text}
        </Text>
      )}
      {entry.photo_id && (
        <img
          src={file.myTicketPhoto(entry.photo_id)}
          alt={t('report_photo')}
          loading="lazy"
          style={{ maxWidth: '100%', maxHeight: 240, borderRadius: 8, marginTop: 8 }}
        />
      )}
    </Paper>
  );
}

type FormProps = { id: string; again: () => Promise<unknown> };

function Reply({ id, again }: FormProps) {
  const { t } = useTranslation('portal');
  const draft = useDraft(`portal.ticket.${id}`, { text: '' });
  const [text, setText] = useState(draft.values.text);
  const request = useRequestKey();
  const send = api.useMutation('post', '/api/v1/portal/tickets/{id}/comments', {
    meta: { quiet: true },
  });
  const change = (now: string) => {
    setText(now);
    draft.keep({ text: now });
    request.done();
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    send.mutate(
      { ...keyed(request.key()), params: { path: { id } }, body: { text } },
      {
        onSuccess: () => {
          change('');
          draft.forget();
          void again();
        },
      },
    );
  };
  return (
    <form onSubmit={submit}>
      <Stack gap={8}>
        <Textarea
          label={t('report_reply')}
          autosize
          minRows={2}
          maxLength={4000}
          value={text}
          onChange={(event) => change(event.currentTarget.value)}
        />
        {send.error != null && (
          <Alert color="red" role="alert">
            {problemText(send.error)}
          </Alert>
        )}
        <Button type="submit" size="lg" loading={send.isPending} disabled={!text.trim()}>
          {t('report_reply_send')}
        </Button>
      </Stack>
    </form>
  );
}

/** It is said to be solved: agree, or say what is not. */
function Agree({ id, again }: FormProps) {
  const { t } = useTranslation('portal');
  const [not, setNot] = useState(false);
  const [reason, setReason] = useState('');
  const params = { path: { id } };
  const done = { onSuccess: () => void again() };
  const close = api.useMutation('post', '/api/v1/portal/tickets/{id}/close');
  const reopen = api.useMutation('post', '/api/v1/portal/tickets/{id}/reopen');
  return (
    <Paper withBorder p="sm">
      <Stack gap={8}>
        <Text>{t('report_solved_ask')}</Text>
        <Group grow>
          <Button
            size="md"
            loading={close.isPending}
            onClick={() => close.mutate({ params }, done)}
          >
            {t('report_solved')}
          </Button>
          <Button size="md" variant="default" aria-expanded={not} onClick={() => setNot(!not)}>
            {t('report_not_solved')}
          </Button>
        </Group>
        {not && (
          <form
            onSubmit={(event) => {
              event.preventDefault();
              reopen.mutate({ params, body: { reason } }, done);
            }}
          >
            <Stack gap={8}>
              <Textarea
                label={t('report_not_solved_why')}
                required
                autosize
                minRows={2}
                value={reason}
                onChange={(event) => setReason(event.currentTarget.value)}
              />
              <Button type="submit" size="md" loading={reopen.isPending} disabled={!reason.trim()}>
                {t('report_not_solved')}
              </Button>
            </Stack>
          </form>
        )}
      </Stack>
    </Paper>
  );
}
