// What can be done with an invoice; what cannot now stands there with its reason.
import { Button, Menu, Select, Text, Textarea, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { notifications } from '@mantine/notifications';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, type Schemas } from '@/api/client';
import { useCan } from '@/api/session';
import { groupDigits, parseMoney } from '@/lib/money';
import { path } from '@/lib/path';
import { keyed } from '@/lib/request-key';
import { ConfirmAction } from '@/ui/action';
import { FormBody, FormDrawer, MoneyInput } from '@/ui/form';
import { Icon } from '@/ui/icon';
import { Money } from '@/ui/money';

type Invoice = Schemas['Invoice'];
type Form = 'credit' | 'write_off' | 'withhold' | 'again';

export function InvoiceActions({ invoice }: { invoice: Invoice }) {
  return invoice.state === 'draft' ? (
    <DraftActions invoice={invoice} />
  ) : (
    <IssuedActions invoice={invoice} />
  );
}

function DraftActions({ invoice }: { invoice: Invoice }) {
  const { t } = useTranslation('billing');
  const can = useCan();
  const navigate = useNavigate();
  const quiet = { meta: { quiet: true } };
  const publish = api.useMutation('post', '/api/v1/invoices/{id}/publish', quiet);
  // the page is left first: what it shows is gone then
  const discard = api.useMutation('delete', '/api/v1/invoices/{id}');
  const params = { path: { id: invoice.id } };
  return (
    <>
      <ConfirmAction
        verdict={can('invoice_write', invoice, 'publish')}
        title={t('publish_title')}
        text={
          <>
            {t('publish_text')} <Money amount={invoice.total} bold />
          </>
        }
        confirm={t('publish')}
        onConfirm={(_, key) => publish.mutateAsync({ params, ...keyed(key) })}
      >
        {t('publish')}
      </ConfirmAction>
      <ConfirmAction
        verdict={can('invoice_write', invoice, 'discard')}
        color="red"
        variant="light"
        title={t('discard_title')}
        text={t('discard_text')}
        confirm={t('discard')}
        onConfirm={async () => {
          await navigate({ to: path.invoices() });
          await discard.mutateAsync({ params });
        }}
      >
        {t('discard')}
      </ConfirmAction>
    </>
  );
}

function IssuedActions({ invoice }: { invoice: Invoice }) {
  const { t } = useTranslation('billing');
  const can = useCan();
  const [doing, setDoing] = useState<Form | null>(null);
  const close = () => setDoing(null);
  const verdicts = [
    ['credit', can('credit_note_write', invoice, 'credit')],
    ['write_off', can('credit_note_write', invoice, 'write_off')],
    ['withhold', can('payment_write', invoice, 'withhold')],
    ...(invoice.state === 'cancelled' ? ([['again', can('invoice_write')]] as const) : []),
  ] as const;
  // who may do none of it sees no menu
  if (!verdicts.some(([, verdict]) => verdict.allowed)) return null;
  return (
    <>
      <Menu position="bottom-end" shadow="md" width={300}>
        <Menu.Target>
          <Button variant="default" rightSection={<Icon name="down" size={14} />}>
            {t('actions')}
          </Button>
        </Menu.Target>
        <Menu.Dropdown>
          {verdicts.map(([key, verdict]) => (
            <Menu.Item key={key} disabled={!verdict.allowed} onClick={() => setDoing(key)}>
              {t(`do_${key}`)}
              {!verdict.allowed && (
                <Text size="xs" c="dimmed">
                  {verdict.reason}
                </Text>
              )}
            </Menu.Item>
          ))}
        </Menu.Dropdown>
      </Menu>
      <FormDrawer opened={doing !== null} close={close} title={doing ? t(`do_${doing}`) : ''}>
        {doing === 'credit' && <CreditForm invoice={invoice} close={close} />}
        {doing === 'write_off' && <WriteOffForm invoice={invoice} close={close} />}
        {doing === 'withhold' && <WithholdForm invoice={invoice} close={close} />}
        {doing === 'again' && <AgainForm invoice={invoice} close={close} />}
      </FormDrawer>
    </>
  );
}

type FormProps = { invoice: Invoice; close: () => void };

/** Says whether the request was carried out at once or waits for a second person. */
function useAsked() {
  const { t } = useTranslation('billing');
  return (decision: Schemas['ApprovalDecision']) =>
    notifications.show({
      color: 'teal',
      message: decision.state === 'open' ? t('asked') : t('done'),
    });
}

function CreditForm({ invoice, close }: FormProps) {
  const { t } = useTranslation(['billing', 'common']);
  const said = useAsked();
  const send = api.useMutation('post', '/api/v1/invoices/{id}/credit-notes', {
    meta: { quiet: true },
  });
  const lines = invoice.lines.filter((line) => line.left > 0);
  const form = useForm({
    initialValues: { line: '', amount: '', why: '' },
    validate: {
      amount: (value, values) =>
        values.line && (parseMoney(value) ?? 0) <= 0 ? t('amount_unread') : null,
      why: (value) => (value.trim() ? null : t('common:required')),
    },
  });
  return (
    <FormBody
      form={form}
      submit={t('do_credit')}
      cancel={close}
      onSubmit={async ({ line, amount, why }, key) => {
        const part = line ? [{ line_id: line, amount: parseMoney(amount) ?? 0 }] : null;
        said(
          await send.mutateAsync({
            params: { path: { id: invoice.id } },
            body: { why: why.trim(), lines: part },
            ...keyed(key),
          }),
        );
        close();
      }}
    >
      <Text size="sm">{t('credit_text')}</Text>
      <Select
        label={t('credit_what')}
        data={[
          { value: '', label: t('credit_all') },
          ...lines.map((line) => ({ value: line.id, label: line.text })),
        ]}
        allowDeselect={false}
        {...form.getInputProps('line')}
        onChange={(value) => {
          const left = lines.find((one) => one.id === value)?.left;
          form.setValues({ line: value ?? '', amount: left ? groupDigits(left) : '' });
        }}
      />
      {form.values.line && <MoneyInput label={t('base')} {...form.getInputProps('amount')} />}
      <Textarea label={t('reason')} required autosize minRows={2} {...form.getInputProps('why')} />
    </FormBody>
  );
}

function WriteOffForm({ invoice, close }: FormProps) {
  const { t } = useTranslation(['billing', 'common']);
  const said = useAsked();
  const send = api.useMutation('post', '/api/v1/invoices/{id}/write-off', {
    meta: { quiet: true },
  });
  const form = useForm({
    initialValues: { amount: groupDigits(invoice.outstanding), why: '' },
    validate: {
      amount: (value) => ((parseMoney(value) ?? 0) > 0 ? null : t('amount_unread')),
      why: (value) => (value.trim() ? null : t('common:required')),
    },
  });
  return (
    <FormBody
      form={form}
      submit={t('do_write_off')}
      cancel={close}
      onSubmit={async ({ amount, why }, key) => {
        said(
          await send.mutateAsync({
            params: { path: { id: invoice.id } },
            body: { amount: parseMoney(amount) ?? 0, why: why.trim() },
            ...keyed(key),
          }),
        );
        close();
      }}
    >
      <Text size="sm">{t('write_off_text')}</Text>
      <MoneyInput label={t('amount_asked')} {...form.getInputProps('amount')} />
      <Textarea label={t('reason')} required autosize minRows={2} {...form.getInputProps('why')} />
    </FormBody>
  );
}

function WithholdForm({ invoice, close }: FormProps) {
  const { t } = useTranslation(['billing', 'common']);
  const send = api.useMutation('post', '/api/v1/invoices/{id}/withholdings', {
    meta: { quiet: true },
  });
  const pph23 = Math.round((invoice.base * 2) / 100);
  const form = useForm({
    initialValues: { kind: 'pph23', amount: groupDigits(pph23), certificate: '' },
    validate: { amount: (value) => ((parseMoney(value) ?? 0) > 0 ? null : t('amount_unread')) },
  });
  return (
    <FormBody
      form={form}
      submit={t('do_withhold')}
      cancel={close}
      onSubmit={async ({ kind, amount, certificate }, key) => {
        await send.mutateAsync({
          params: { path: { id: invoice.id } },
          body: {
            kind,
            amount: parseMoney(amount) ?? 0,
            certificate: certificate.trim() || null,
          },
          ...keyed(key),
        });
        close();
      }}
    >
      <Text size="sm">{t('withhold_text')}</Text>
      <Select
        label={t('kind')}
        allowDeselect={false}
        data={[
          { value: 'pph23', label: t('withholding_pph23') },
          { value: 'wapu', label: t('withholding_wapu') },
        ]}
        {...form.getInputProps('kind')}
        onChange={(value) =>
          form.setValues({
            kind: value ?? 'pph23',
            amount: groupDigits(value === 'wapu' ? invoice.tax : pph23),
          })
        }
      />
      <MoneyInput label={t('withheld')} {...form.getInputProps('amount')} />
      <TextInput
        label={t('certificate')}
        description={t('certificate_later')}
        {...form.getInputProps('certificate')}
      />
    </FormBody>
  );
}

function AgainForm({ invoice, close }: FormProps) {
  const { t } = useTranslation('billing');
  const navigate = useNavigate();
  const send = api.useMutation('post', '/api/v1/invoices/{id}/issue-again', {
    meta: { quiet: true },
  });
  const form = useForm({ initialValues: {} });
  return (
    <FormBody
      form={form}
      submit={t('do_again')}
      cancel={close}
      onSubmit={async (_, key) => {
        const made = await send.mutateAsync({
          params: { path: { id: invoice.id } },
          ...keyed(key),
        });
        close();
        await navigate({ to: path.invoice(made.id) });
      }}
    >
      <Text size="sm">{t('again_text')}</Text>
    </FormBody>
  );
}
