// Ctrl-K: name, phone, serial, MAC, invoice number; typed, scanned or pasted. Enter opens the first.
import { Loader, ScrollArea, Stack, Text, TextInput, UnstyledButton } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { keepPreviousData } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { type KeyboardEvent, useId, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, type Schemas } from '@/api/client';
import { path, target } from '@/lib/path';
import { readScan } from '@/lib/scan';
import { Icon, type IconName } from '@/ui/icon';
import { Failed } from '@/ui/states';
import classes from './finder.module.css';
import { Modal } from '@/ui/windows';

type Hit = Schemas['SearchHit'];

const ICONS: Record<string, IconName> = {
  customer: 'people',
  account: 'lock',
  session: 'network',
  subscription: 'network',
  invoice: 'invoice',
  payment: 'cash',
  work_order: 'job',
  ticket: 'question',
  lead: 'lead',
  item: 'box',
  purchase: 'truck',
};

/** Where a hit opens; a hit without a page of its own opens its customer. */
function pageOf(hit: Hit): string | null {
  return hit.path ?? (hit.customer_id ? path.customer(hit.customer_id) : null);
}

type Props = {
  /** What was typed before the field was here; it listens no longer once this is asked. */
  heard: () => string;
  close: () => void;
};

export function Finder({ heard, close }: Props) {
  const { t } = useTranslation();
  return (
    <Modal
      opened
      onClose={() => {
        heard();
        close();
      }}
      withCloseButton={false}
      attributes={{ content: { 'aria-label': t('find_anything') } }}
      size="lg"
      yOffset="10vh"
      centered={false}
      padding={0}
    >
      <FinderBody heard={heard} close={close} />
    </Modal>
  );
}

function FinderBody({ heard, close }: Props) {
  const { t } = useTranslation();
  const list = useId();
  const navigate = useNavigate();
  const [text, setText] = useState('');
  const [at, setAt] = useState(0);
  const [q] = useDebouncedValue(text.trim(), 180);
  // a label's code and a MAC in any spelling are asked for as they are stored
  const asked = readScan(q)?.value ?? q;
  const found = api.useQuery(
    'get',
    '/api/v1/search',
    { params: { query: { q: asked } } },
    { enabled: asked.length >= 2, placeholderData: keepPreviousData },
  );
  const hits = asked.length >= 2 ? (found.data?.items ?? []).filter((hit) => pageOf(hit)) : [];
  const open = (hit: Hit | undefined) => {
    const to = hit && pageOf(hit);
    if (!to) return;
    close();
    void navigate(target(to));
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
        role="combobox"
        aria-expanded={hits.length > 0}
        aria-controls={list}
        aria-autocomplete="list"
        aria-activedescendant={hits.length > 0 ? `${list}-${at}` : undefined}
        aria-label={t('find_anything')}
        placeholder={t('find_hint')}
        leftSection={<Icon name="search" />}
        rightSection={found.isFetching ? <Loader size="xs" /> : undefined}
        value={text}
        onKeyDown={onKeyDown}
        onFocus={() => setText(heard() + text)}
        onChange={(event) => {
          setText(event.currentTarget.value);
          setAt(0);
        }}
      />
      <ScrollArea.Autosize mah="60vh">
        <div id={list} className={classes.hits} role="listbox" aria-label={t('find_anything')}>
          {hits.map((hit, index) => (
            <UnstyledButton
              key={`${hit.kind}-${hit.id}`}
              id={`${list}-${index}`}
              tabIndex={-1}
              className={classes.hit}
              role="option"
              aria-selected={index === at}
              onMouseMove={() => setAt(index)}
              onClick={() => open(hit)}
            >
              <Icon name={ICONS[hit.kind] ?? 'search'} />
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
          {asked.length >= 2 && found.error && <Failed error={found.error} />}
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
