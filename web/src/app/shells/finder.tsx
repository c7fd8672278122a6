// Ctrl-K: name, phone, serial, MAC, invoice number; typed, scanned or pasted. Enter opens the first.
import { Loader, Modal, ScrollArea, Stack, Text, TextInput, UnstyledButton } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { type KeyboardEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { client } from '@/api/client';
import { type Me, useMe } from '@/api/session';
import { holds } from '@/lib/can';
import { path } from '@/lib/path';
import { formatPhone } from '@/lib/phone';
import { Icon, type IconName } from '@/ui/icon';
import classes from './finder.module.css';

type Hit = { key: string; icon: IconName; title: string; note: string; to: string };

async function findAll(me: Me, q: string, signal: AbortSignal): Promise<Hit[]> {
  const init = { params: { query: { q, limit: 5 } }, signal };
  const searches: Promise<Hit[]>[] = [];
  if (holds(me, 'customer_read')) {
    searches.push(
      client.GET('/api/v1/customers', init).then(({ data }) =>
        (data?.items ?? []).map((one) => ({
          key: one.id,
          icon: 'people' as const,
          title: one.name,
          note: [one.number, formatPhone(one.phone), one.address].filter(Boolean).join(' · '),
          to: path.customer(one.id),
        })),
      ),
    );
  }
  if (holds(me, 'invoice_read')) {
    searches.push(
      client.GET('/api/v1/invoices', init).then(({ data }) =>
        (data?.items ?? []).map((one) => ({
          key: one.id,
          icon: 'invoice' as const,
          title: one.number ?? one.customer_name,
          note: one.customer_name,
          to: path.invoice(one.id),
        })),
      ),
    );
  }
  if (holds(me, 'lead_read')) {
    searches.push(
      client.GET('/api/v1/leads', init).then(({ data }) =>
        (data?.items ?? []).map((one) => ({
          key: one.id,
          icon: 'lead' as const,
          title: one.name,
          note: [formatPhone(one.phone), one.address].join(' · '),
          to: path.lead(one.id),
        })),
      ),
    );
  }
  if (holds(me, 'stock_read')) {
    searches.push(
      client.GET('/api/v1/items', init).then(({ data }) =>
        (data?.items ?? []).map((one) => ({
          key: one.id,
          icon: 'box' as const,
          title: one.serial,
          note: [one.type_name, one.location_name].join(' · '),
          to: path.item(one.serial),
        })),
      ),
    );
  }
  if (holds(me, 'work_order_read')) {
    searches.push(
      client.GET('/api/v1/work-orders', init).then(({ data }) =>
        (data?.items ?? []).map((one) => ({
          key: one.id,
          icon: 'job' as const,
          title: one.number,
          note: one.customer_name,
          to: path.workOrder(one.id),
        })),
      ),
    );
  }
  // one search that fails hides nothing of the others
  const done = await Promise.allSettled(searches);
  return done.flatMap((one) => (one.status === 'fulfilled' ? one.value : []));
}

export function Finder({ opened, close }: { opened: boolean; close: () => void }) {
  return (
    <Modal
      opened={opened}
      onClose={close}
      withCloseButton={false}
      size="lg"
      yOffset="10vh"
      centered={false}
      padding={0}
    >
      <FinderBody close={close} />
    </Modal>
  );
}

function FinderBody({ close }: { close: () => void }) {
  const { t } = useTranslation();
  const me = useMe();
  const navigate = useNavigate();
  const [text, setText] = useState('');
  const [at, setAt] = useState(0);
  const [q] = useDebouncedValue(text.trim(), 180);
  const found = useQuery({
    queryKey: ['find', q],
    queryFn: ({ signal }) => findAll(me, q, signal),
    enabled: q.length >= 2,
    placeholderData: keepPreviousData,
  });
  const hits = q.length >= 2 ? (found.data ?? []) : [];
  const open = (hit: Hit | undefined) => {
    if (!hit) return;
    close();
    void navigate({ to: hit.to });
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === 'ArrowDown') setAt(Math.min(at + 1, hits.length - 1));
    else if (event.key === 'ArrowUp') setAt(Math.max(at - 1, 0));
    else if (event.key === 'Enter') open(hits[at]);
    else return;
    event.preventDefault();
  };
  return (
    <Stack gap={0}>
      <TextInput
        data-autofocus
        size="lg"
        variant="unstyled"
        className={classes.input}
        aria-label={t('find_anything')}
        placeholder={t('find_hint')}
        leftSection={<Icon name="search" />}
        rightSection={found.isFetching ? <Loader size="xs" /> : undefined}
        value={text}
        onKeyDown={onKeyDown}
        onChange={(event) => {
          setText(event.currentTarget.value);
          setAt(0);
        }}
      />
      <ScrollArea.Autosize mah="60vh">
        <div className={classes.hits} role="listbox" aria-label={t('find_anything')}>
          {hits.map((hit, index) => (
            <UnstyledButton
              key={hit.key}
              className={classes.hit}
              role="option"
              aria-selected={index === at}
              onMouseMove={() => setAt(index)}
              onClick={() => open(hit)}
            >
              <Icon name={hit.icon} />
              <span style={{ minWidth: 0 }}>
                <Text fw={600} truncate>
                  {hit.title}
                </Text>
                <Text size="xs" c="dimmed" truncate>
                  {hit.note}
                </Text>
              </span>
            </UnstyledButton>
          ))}
          {q.length >= 2 && found.isSuccess && !found.isFetching && hits.length === 0 && (
            <Text c="dimmed" size="sm" p="md">
              {t('find_nothing', { q })}
            </Text>
          )}
        </div>
      </ScrollArea.Autosize>
    </Stack>
  );
}
