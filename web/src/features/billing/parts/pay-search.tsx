import { Loader, Paper, Text, TextInput, UnstyledButton } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { keepPreviousData } from '@tanstack/react-query';
import { type KeyboardEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, type Schemas } from '@/api/client';
import { Period } from '@/ui/day';
import { Icon } from '@/ui/icon';
import { Money } from '@/ui/money';
import { StateBadge } from '@/ui/state-badge';
import { Empty, Failed } from '@/ui/states';
import type { Payer } from '../pages/cashier';
import classes from './pay-search.module.css';

/** Finds an open invoice by name, phone, customer or invoice number; arrows and Enter choose. */
export function PaySearch({ onChoose }: { onChoose: (payer: Payer) => void }) {
  const { t } = useTranslation('billing');
  const [text, setText] = useState('');
  const [at, setAt] = useState(0);
  const [q] = useDebouncedValue(text.trim(), 180);
  const found = api.useQuery(
    'get',
    '/api/v1/invoices',
    { params: { query: { q, state: 'open', limit: 10 } } },
    { enabled: q.length >= 2, placeholderData: keepPreviousData },
  );
  const hits = q.length >= 2 ? (found.data?.items ?? []) : [];
  const settled = q === text.trim() && !found.isFetching;
  const choose = (invoice: Schemas['InvoiceRow']) =>
    onChoose({
      customer_id: invoice.customer_id,
      customer_name: invoice.customer_name,
      customer_number: invoice.customer_number,
      invoice_id: invoice.id,
    });
  const onKeyDown = (event: KeyboardEvent) => {
    const hit = hits[at];
    if (event.key === 'ArrowDown') setAt(Math.min(at + 1, hits.length - 1));
    else if (event.key === 'ArrowUp') setAt(Math.max(at - 1, 0));
    else if (event.key === 'Enter' && hit && settled) choose(hit);
    else return;
    event.preventDefault();
  };
  return (
    <Paper withBorder className={classes.frame}>
      <TextInput
        autoFocus
        size="lg"
        variant="unstyled"
        className={classes.input}
        role="combobox"
        aria-expanded={hits.length > 0}
        aria-controls="pay-hits"
        aria-activedescendant={hits.length > 0 ? `pay-${at}` : undefined}
        aria-label={t('cashier_search')}
        placeholder={t('cashier_search')}
        leftSection={<Icon name="search" />}
        rightSection={found.isFetching ? <Loader size="xs" /> : undefined}
        value={text}
        onKeyDown={onKeyDown}
        onChange={(event) => {
          setText(event.currentTarget.value);
          setAt(0);
        }}
      />
      {found.error && <Failed error={found.error} />}
      <div id="pay-hits" role="listbox" aria-label={t('invoices')}>
        {hits.map((invoice, index) => (
          <UnstyledButton
            key={invoice.id}
            role="option"
            aria-selected={index === at}
            className={classes.hit}
            onMouseMove={() => setAt(index)}
            tabIndex={-1}
            id={`pay-${index}`}
            onClick={() => choose(invoice)}
          >
            <span className={classes.who}>
              <Text fw={600} truncate>
                {invoice.customer_name}
              </Text>
              <Text size="xs" c="dimmed" truncate component="div">
                {invoice.number} · <Period from={invoice.period_from} to={invoice.period_to} />
              </Text>
            </span>
            <StateBadge kind="invoice" state={invoice.state} />
            <Money amount={invoice.outstanding} bold />
          </UnstyledButton>
        ))}
      </div>
      {q.length >= 2 && settled && found.isSuccess && hits.length === 0 && (
        <Empty icon="check" title={t('cashier_nothing')} hint={t('cashier_nothing_hint')} />
      )}
    </Paper>
  );
}
