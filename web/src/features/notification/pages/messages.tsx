import { Stack, Text } from '@mantine/core';
import { keepPreviousData } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, type Schemas } from '@/api/client';
import { formatPhone } from '@/lib/phone';
import { listQuery, useListState } from '@/lib/list-state';
import { path } from '@/lib/path';
import { type Column, DataTable } from '@/ui/data-table';
import { Instant } from '@/ui/day';
import { Facts } from '@/ui/facts';
import { FormDrawer } from '@/ui/form';
import { To } from '@/ui/link';
import { StateBadge, stateWord } from '@/ui/state-badge';
import { Empty, PageHead } from '@/ui/states';
import classes from './messages.module.css';

type Message = Schemas['MessageView'];

const STATES = ['queued', 'sent', 'failed', 'dead', 'expired'];
const CHANNELS = ['whatsapp', 'sms', 'email', 'telegram'] as const;

/** The outbox: what was or will be said to customers, and how it went. */
export function MessagesPage() {
  const { t } = useTranslation(['notification', 'common']);
  const state = useListState();
  const [opened, open] = useState<Message | null>(null);
  const list = api.useQuery(
    'get',
    '/api/v1/messages',
    { params: { query: listQuery(state) } },
    { placeholderData: keepPreviousData, refetchInterval: 15_000 },
  );
  const columns: Column<Message>[] = [
    {
      id: 'to',
      header: t('to'),
      cell: (row) => (
        <>
          <b>{row.customer_name ?? addressText(row.address)}</b>
          <div className="quiet">{addressText(row.address)}</div>
        </>
      ),
    },
    {
      id: 'state',
      header: t('common:state'),
      cell: (row) => <StateBadge kind="message" state={row.state} />,
    },
    {
      id: 'body',
      header: t('message'),
      wideOnly: true,
      cell: (row) => (
        <Text size="sm" lineClamp={1} maw={480}>
          {row.body}
        </Text>
      ),
    },
    {
      id: 'channel',
      header: t('channel'),
      wideOnly: true,
      cell: (row) => t(`channel_${row.channel}` as never),
    },
    {
      id: 'at',
      header: t('queued_at'),
      right: true,
      cell: (row) => <Instant at={row.sent_at ?? row.created_at} />,
    },
  ];
  return (
    <>
      <PageHead title={t('messages')} note={t('messages_note')} />
      <DataTable
        label={t('messages')}
        query={list}
        columns={columns}
        rowKey={(row) => row.id}
        onOpen={open}
        state={state}
        searchable={t('message_search')}
        filters={[
          {
            id: 'state',
            label: t('common:state'),
            options: STATES.map((value) => ({ value, label: stateWord('message', value) })),
          },
          {
            id: 'channel',
            label: t('channel'),
            options: CHANNELS.map((value) => ({ value, label: t(`channel_${value}`) })),
          },
        ]}
        empty={<Empty icon="message" title={t('messages_empty')} hint={t('messages_empty_hint')} />}
      />
      <FormDrawer opened={opened != null} close={() => open(null)} title={opened?.subject ?? ''}>
        {opened && <MessageView message={opened} />}
      </FormDrawer>
    </>
  );
}

function MessageView({ message }: { message: Message }) {
  const { t } = useTranslation(['notification', 'common']);
  return (
    <Stack>
      <div className={classes.bubble}>{message.body}</div>
      <Facts
        items={[
          [
            t('to'),
            message.customer_id ? (
              <To key="c" size="sm" to={path.customer(message.customer_id)}>
                {message.customer_name}
              </To>
            ) : (
              message.address
            ),
          ],
          [t('channel'), t(`channel_${message.channel}` as never)],
          [t('common:state'), <StateBadge key="s" kind="message" state={message.state} />],
          [t('queued_at'), <Instant key="q" at={message.created_at} />],
          [t('sent_at'), <Instant key="t" at={message.sent_at} />],
          [t('attempts'), message.attempts],
          [t('last_error'), message.last_error],
        ]}
      />
    </Stack>
  );
}

/** A phone as people write it; an e-mail address as it is. */
function addressText(address: string): string {
  return /^\+?\d+$/.test(address) ? formatPhone(address) : address;
}
