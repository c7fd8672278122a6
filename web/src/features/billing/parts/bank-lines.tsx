// Bank statements: importing one, and saying whose money the lines are that nobody has claimed.
import {
  Alert,
  Badge,
  Button,
  Checkbox,
  FileInput,
  Group,
  Select,
  Stack,
  Text,
  TextInput,
} from '@mantine/core';
import { useForm } from '@mantine/form';
import { notifications } from '@mantine/notifications';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, type Schemas } from '@/api/client';
import { useMe } from '@/api/session';
import { holds } from '@/lib/can';
import { groupDigits, parseMoney } from '@/lib/money';
import { keyed } from '@/lib/request-key';
import { ConfirmAction } from '@/ui/action';
import { CustomerPicker } from '@/ui/customer-picker';
import { DataTable } from '@/ui/data-table';
import { Day } from '@/ui/day';
import { FormAction, FormBody, MoneyInput } from '@/ui/form';
import { Icon } from '@/ui/icon';
import { Money } from '@/ui/money';
import { Empty, problemText } from '@/ui/states';

type Line = Schemas['BankLine'];
type Columns = Schemas['BankColumns'];

const quiet = { meta: { quiet: true } };

/** The lines that wait, with who they may be from: one press records a sure one. */
export function BankLines() {
  const { t } = useTranslation('cash');
  const me = useMe();
  const list = api.useQuery('get', '/api/v1/bank/lines', {
    params: { query: { state: 'open', limit: 100 } },
  });
  const writes = holds(me, 'payment_write');
  return (
    <DataTable
      label={t('bank')}
      query={list}
      rowKey={(row) => row.id}
      tools={
        writes && (
          <FormAction size="sm" label={t('bank_import')}>
            {(close) => <ImportForm close={close} />}
          </FormAction>
        )
      }
      columns={[
        {
          id: 'line',
          header: t('line'),
          cell: (row) => (
            <>
              <div>{row.text}</div>
              <div className="quiet">
                {row.account} · <Day day={row.on} />
              </div>
            </>
          ),
        },
        {
          id: 'amount',
          header: t('amount'),
          right: true,
          cell: (row) => <Money amount={row.amount} bold />,
        },
        { id: 'who', header: t('proposal'), cell: (row) => <Who row={row} writes={writes} /> },
      ]}
      empty={<Empty icon="check" title={t('bank_empty')} hint={t('bank_empty_hint')} />}
    />
  );
}

function Who({ row, writes }: { row: Line; writes: boolean }) {
  const { t } = useTranslation('cash');
  const assign = api.useMutation('post', '/api/v1/bank/lines/{id}/assign');
  const match = api.useMutation('post', '/api/v1/bank/lines/{id}/match');
  const notOurs = api.useMutation('post', '/api/v1/bank/lines/{id}/not-ours', quiet);
  const params = { path: { id: row.id } };
  const transfer = row.transfers[0];
  const best = row.proposals[0];
  return (
    <Stack gap={6}>
      {transfer && (
        <Group gap={8}>
          <Text size="sm">
            {transfer.customer_name} · {transfer.receipt_number ?? transfer.reference}
          </Text>
          <Button
            size="compact-sm"
            disabled={!writes || match.isPending}
            onClick={() => match.mutate({ params, body: { payment_id: transfer.payment_id } })}
          >
            {t('match')}
          </Button>
        </Group>
      )}
      {best && !transfer && (
        <Group gap={8}>
          <Text size="sm">
            {best.customer_name} · {best.invoice_number ?? best.customer_number}
          </Text>
          {best.sure && <Badge size="sm">{t('sure')}</Badge>}
          <Button
            size="compact-sm"
            disabled={!writes || assign.isPending}
            onClick={() =>
              assign.mutate({
                params,
                body: { customer_id: best.customer_id, invoice_id: best.invoice_id },
              })
            }
          >
            {t('take')}
          </Button>
        </Group>
      )}
      {writes && (
        <Group gap={8}>
          <FormAction size="compact-sm" variant="default" label={t('choose')}>
            {(close) => <AssignForm line={row} close={close} />}
          </FormAction>
          <FormAction size="compact-sm" variant="default" label={t('settlement')}>
            {(close) => <SettleForm line={row} close={close} />}
          </FormAction>
          <ConfirmAction
            size="compact-sm"
            variant="default"
            title={t('not_ours')}
            text={row.text}
            confirm={t('not_ours')}
            reason={t('not_ours')}
            onConfirm={(why, key) => notOurs.mutateAsync({ params, body: { why }, ...keyed(key) })}
          >
            {t('not_ours')}
          </ConfirmAction>
        </Group>
      )}
    </Stack>
  );
}

function AssignForm({ line, close }: { line: Line; close: () => void }) {
  const { t } = useTranslation('cash');
  const assign = api.useMutation('post', '/api/v1/bank/lines/{id}/assign', quiet);
  const form = useForm({ initialValues: { customer_id: '', another: false } });
  return (
    <FormBody
      form={form}
      submit={t('take')}
      cancel={close}
      onSubmit={async ({ customer_id, another }, key) => {
        await assign.mutateAsync({
          params: { path: { id: line.id } },
          body: { customer_id, another },
          ...keyed(key),
        });
        close();
      }}
    >
      <Text size="sm">
        {line.text} · <Money amount={line.amount} bold />
      </Text>
      <CustomerPicker label={t('choose')} required {...form.getInputProps('customer_id')} />
      <Checkbox label={t('another')} {...form.getInputProps('another', { type: 'checkbox' })} />
    </FormBody>
  );
}

function SettleForm({ line, close }: { line: Line; close: () => void }) {
  const { t } = useTranslation('cash');
  const bank = api.useQuery('get', '/api/v1/bank');
  const settle = api.useMutation('post', '/api/v1/bank/lines/{id}/settlement', quiet);
  const form = useForm({ initialValues: { gross: groupDigits(line.amount) } });
  return (
    <FormBody
      form={form}
      submit={t('settlement')}
      cancel={close}
      onSubmit={async ({ gross }, key) => {
        await settle.mutateAsync({
          params: { path: { id: line.id } },
          body: { gross: parseMoney(gross) ?? 0 },
          ...keyed(key),
        });
        close();
      }}
    >
      <Text size="sm" component="div">
        {t('clearing')}: <Money amount={bank.data?.clearing ?? 0} bold />
      </Text>
      <MoneyInput label={t('gross')} data-autofocus {...form.getInputProps('gross')} />
    </FormBody>
  );
}

/** No statement of a month is larger, in bytes. */
const LARGEST = 8_000_000;

const COLUMNS = ['date', 'text', 'amount', 'sign', 'credit', 'debit'] as const;

function ImportForm({ close }: { close: () => void }) {
  const { t } = useTranslation('cash');
  const preview = api.useMutation('post', '/api/v1/bank/preview', quiet);
  const send = api.useMutation('post', '/api/v1/bank/imports', quiet);
  const [chosen, setChosen] = useState<{ name: string; content: string } | null>(null);
  const [strange, setStrange] = useState(false);
  const form = useForm({ initialValues: { account: '' } });
  const columns = preview.data?.columns ?? null;
  const body = (with_: Columns | null) => ({
    account: form.values.account,
    file_name: chosen?.name ?? '',
    content: chosen?.content ?? '',
    columns: with_,
  });
  const look = async (file: File | null) => {
    if (!file) return;
    preview.reset();
    const content = file.size > LARGEST ? '\0' : await file.text();
    const isText = !content.includes('\0');
    setChosen(isText ? { name: file.name, content } : null);
    setStrange(!isText);
    if (!isText) return;
    preview.mutate({
      body: { account: form.values.account, file_name: file.name, content, columns: null },
    });
  };
  const choose = (name: (typeof COLUMNS)[number], value: string | null) => {
    const at = value === null ? null : Number(value);
    const none: Columns = { header: 0, date: 0, text: [0] };
    const next = { ...(columns ?? none), [name]: name === 'text' ? [at ?? 0] : at };
    preview.mutate({ body: body(next as Columns) });
  };
  const names = preview.data?.rows[columns?.header ?? 0] ?? [];
  const options = names.map((name, at) => ({ value: String(at), label: name || `#${at + 1}` }));
  const value = (name: (typeof COLUMNS)[number]) => {
    const at = name === 'text' ? columns?.text[0] : columns?.[name];
    return at === null || at === undefined ? null : String(at);
  };
  return (
    <FormBody
      form={form}
      submit={t('bank_do')}
      cancel={close}
      onSubmit={async (_, key) => {
        const done = await send.mutateAsync({ body: body(columns), ...keyed(key) });
        notifications.show({ message: t('bank_new', { n: done.new, known: done.known }) });
        close();
      }}
    >
      <TextInput
        label={t('bank_account')}
        description={t('bank_account_hint')}
        data-autofocus
        required
        {...form.getInputProps('account')}
      />
      <FileInput
        label={t('bank_file')}
        accept=".csv,text/csv"
        error={strange && t('bank_strange')}
        onChange={(f) => void look(f)}
      />
      {preview.error && (
        <Alert color="red" icon={<Icon name="warning" />} role="alert">
          {problemText(preview.error)}
        </Alert>
      )}
      {preview.data && (
        <>
          {!columns && <Text size="sm">{t('bank_no_columns')}</Text>}
          {COLUMNS.map((name) => (
            <Select
              key={name}
              size="xs"
              label={t(`col_${name}`)}
              data={options}
              value={value(name)}
              clearable={name !== 'date' && name !== 'text'}
              onChange={(at) => choose(name, at)}
            />
          ))}
          <Text size="sm" fw={600}>
            {t('bank_new', { n: preview.data.new, known: preview.data.known })}
          </Text>
          {preview.data.lines.map((line) => (
            <Text size="xs" key={line.row} component="div" c={line.known ? 'dimmed' : undefined}>
              <Day day={line.on} /> · {line.text} · <Money amount={line.amount} />
            </Text>
          ))}
          {preview.data.unread.map((one) => (
            <Text size="xs" c="red" key={one.row}>
              {one.row}: {one.detail}
            </Text>
          ))}
        </>
      )}
    </FormBody>
  );
}
