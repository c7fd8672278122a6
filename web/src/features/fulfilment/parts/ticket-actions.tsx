import {
  Button,
  Checkbox,
  Group,
  Menu,
  SegmentedControl,
  Select,
  Text,
  Textarea,
} from '@mantine/core';
import { useForm } from '@mantine/form';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, type Schemas } from '@/api/client';
import { useCan } from '@/api/session';
import { ActionButton, ConfirmAction } from '@/ui/action';
import { FormBody, FormDrawer } from '@/ui/form';
import { Icon } from '@/ui/icon';
import { PRIORITIES } from '@/ui/open-ticket';

type Ticket = Schemas['Ticket'];
type FormProps = { ticket: Ticket; close: () => void };

const FORMS = {
  ask: AskForm,
  resolve: ResolveForm,
  assign: AssignForm,
  prioritize: PriorityForm,
  send_visit: VisitForm,
};
type Form = keyof typeof FORMS;

const quiet = { meta: { quiet: true } };

/** What can be done with a ticket now; what cannot has its reason. */
export function TicketActions({ ticket }: { ticket: Ticket }) {
  const { t } = useTranslation('ticket');
  const can = useCan();
  const [doing, setDoing] = useState<Form | null>(null);
  const close = () => setDoing(null);
  const start = api.useMutation('post', '/api/v1/tickets/{id}/start');
  const take = api.useMutation('post', '/api/v1/tickets/{id}/take');
  const release = api.useMutation('post', '/api/v1/tickets/{id}/release');
  const end = api.useMutation('post', '/api/v1/tickets/{id}/close', quiet);
  const reopen = api.useMutation('post', '/api/v1/tickets/{id}/reopen', quiet);
  const params = { path: { id: ticket.id } };
  const live = ticket.state !== 'resolved' && ticket.state !== 'closed';
  const handles = can('ticket_handle').allowed;
  const Shown = doing ? FORMS[doing] : null;
  const more = [
    { key: 'ask', verdict: can('ticket_handle', ticket, 'ask'), run: () => setDoing('ask') },
    {
      key: 'assign',
      verdict: can('ticket_dispatch', ticket, 'assign'),
      run: () => setDoing('assign'),
    },
    {
      key: 'release',
      verdict: can('ticket_handle', ticket, 'release'),
      run: () => release.mutate({ params }),
    },
    {
      key: 'prioritize',
      verdict: can('ticket_dispatch', ticket, 'prioritize'),
      run: () => setDoing('prioritize'),
    },
  ] as const;
  return (
    <Group gap={8}>
      {live && handles && (
        <>
          <Menu position="bottom-end" shadow="md" width={280}>
            <Menu.Target>
              <Button variant="default" rightSection={<Icon name="down" size={14} />}>
                {t('more')}
              </Button>
            </Menu.Target>
            <Menu.Dropdown>
              {more.map(({ key, verdict, run }) => (
                <Menu.Item key={key} disabled={!verdict.allowed} onClick={run}>
                  {t(key)}
                  {!verdict.allowed && (
                    <Text size="xs" c="dimmed">
                      {verdict.reason}
                    </Text>
                  )}
                </Menu.Item>
              ))}
            </Menu.Dropdown>
          </Menu>
          {can('work_order_write').allowed && (
            <ActionButton
              variant="default"
              leftSection={<Icon name="truck" size={16} />}
              verdict={can('work_order_write', ticket, 'send_visit')}
              onClick={() => setDoing('send_visit')}
            >
              {t('send_visit')}
            </ActionButton>
          )}
          {!ticket.assignee && (
            <ActionButton
              variant="default"
              verdict={can('ticket_handle', ticket, 'take')}
              onClick={() => take.mutate({ params })}
            >
              {t('take')}
            </ActionButton>
          )}
          {ticket.can.start.allowed && (
            <ActionButton variant="default" onClick={() => start.mutate({ params })}>
              {t('start')}
            </ActionButton>
          )}
          <ActionButton
            verdict={can('ticket_handle', ticket, 'resolve')}
            onClick={() => setDoing('resolve')}
          >
            {t('resolve')}
          </ActionButton>
        </>
      )}
      {ticket.state === 'resolved' && (
        <>
          <ConfirmAction
            variant="default"
            verdict={can('ticket_write', ticket, 'reopen')}
            title={t('reopen_title')}
            text={t('reopen_text')}
            confirm={t('reopen')}
            reason={t('reopen_reason')}
            onConfirm={(reason) => reopen.mutateAsync({ params, body: { reason } })}
          >
            {t('reopen')}
          </ConfirmAction>
          <ConfirmAction
            verdict={can('ticket_write', ticket, 'close')}
            title={t('close_title')}
            text={t('close_text')}
            confirm={t('close')}
            onConfirm={() => end.mutateAsync({ params })}
          >
            {t('close')}
          </ConfirmAction>
        </>
      )}
      <FormDrawer opened={doing != null} close={close} title={doing ? t(doing) : ''}>
        {Shown && <Shown ticket={ticket} close={close} />}
      </FormDrawer>
    </Group>
  );
}

function AskForm({ ticket, close }: FormProps) {
  const { t } = useTranslation(['ticket', 'common']);
  const ask = api.useMutation('post', '/api/v1/tickets/{id}/ask', quiet);
  const form = useForm({
    initialValues: { text: '' },
    validate: { text: (value) => (value.trim() ? null : t('common:required')) },
  });
  const submit = async (body: typeof form.values) => {
    await ask.mutateAsync({ params: { path: { id: ticket.id } }, body });
    close();
  };
  return (
    <FormBody form={form} onSubmit={submit} submit={t('ask')} cancel={close}>
      <Textarea
        label={t('ask_text')}
        description={t('ask_hint')}
        required
        autosize
        minRows={3}
        data-autofocus
        {...form.getInputProps('text')}
      />
    </FormBody>
  );
}

export function ResolveForm({ ticket, close }: FormProps) {
  const { t } = useTranslation(['ticket', 'common']);
  const resolve = api.useMutation('post', '/api/v1/tickets/{id}/resolve', quiet);
  const done = ticket.suggest_resolve && ticket.work_order;
  const form = useForm({
    initialValues: {
      resolution: done ? t('resolve_visit', { number: done.number }) : '',
      agreed: false,
    },
    validate: { resolution: (value) => (value.trim() ? null : t('common:required')) },
  });
  const submit = async (body: typeof form.values) => {
    await resolve.mutateAsync({ params: { path: { id: ticket.id } }, body });
    close();
  };
  return (
    <FormBody form={form} onSubmit={submit} submit={t('resolve')} cancel={close}>
      <Textarea
        label={t('resolve_text')}
        description={t('resolve_hint')}
        required
        autosize
        minRows={3}
        data-autofocus
        {...form.getInputProps('resolution')}
      />
      <Checkbox
        label={t('resolve_agreed')}
        {...form.getInputProps('agreed', { type: 'checkbox' })}
      />
    </FormBody>
  );
}

function AssignForm({ ticket, close }: FormProps) {
  const { t } = useTranslation('ticket');
  const people = api.useQuery('get', '/api/v1/ticket-people', {
    params: { query: { branch: ticket.branch_id } },
  });
  const assign = api.useMutation('post', '/api/v1/tickets/{id}/assign', quiet);
  const form = useForm({ initialValues: { user_id: ticket.assignee?.id ?? '' } });
  const submit = async ({ user_id }: typeof form.values) => {
    const body = { user_id: user_id || null };
    await assign.mutateAsync({ params: { path: { id: ticket.id } }, body });
    close();
  };
  return (
    <FormBody form={form} onSubmit={submit} submit={t('assign')} cancel={close}>
      <Select
        label={t('assign_to')}
        searchable
        clearable
        placeholder={t('assign_nobody')}
        data={(people.data?.items ?? []).map((one) => ({ value: one.id, label: one.name }))}
        {...form.getInputProps('user_id')}
        value={form.values.user_id || null}
        onChange={(value) => form.setFieldValue('user_id', value ?? '')}
      />
    </FormBody>
  );
}

function PriorityForm({ ticket, close }: FormProps) {
  const { t } = useTranslation('ticket');
  const set = api.useMutation('post', '/api/v1/tickets/{id}/priority', quiet);
  const form = useForm({ initialValues: { priority: ticket.priority } });
  const submit = async (body: typeof form.values) => {
    await set.mutateAsync({ params: { path: { id: ticket.id } }, body });
    close();
  };
  return (
    <FormBody form={form} onSubmit={submit} submit={t('prioritize')} cancel={close}>
      <SegmentedControl
        aria-label={t('priority')}
        fullWidth
        data={PRIORITIES.map((value) => ({ value, label: t(`priority_${value}`) }))}
        {...form.getInputProps('priority')}
      />
      <Text size="sm" c="dimmed">
        {t('prioritize_hint')}
      </Text>
    </FormBody>
  );
}

function VisitForm({ ticket, close }: FormProps) {
  const { t } = useTranslation(['ticket', 'fulfilment']);
  const send = api.useMutation('post', '/api/v1/tickets/{id}/work-order', quiet);
  const form = useForm({ initialValues: { kind: ticket.visits[0] ?? 'repair', note: '' } });
  const submit = async (body: typeof form.values, key: string) => {
    const header = { 'Idempotency-Key': key };
    await send.mutateAsync({ params: { path: { id: ticket.id }, header }, body });
    close();
  };
  return (
    <FormBody form={form} onSubmit={submit} submit={t('send_visit')} cancel={close}>
      <Text size="sm" c="dimmed">
        {t('visit_hint')}
      </Text>
      <SegmentedControl
        aria-label={t('fulfilment:kind')}
        fullWidth
        data={ticket.visits.map((value) => ({
          value,
          label: t(`fulfilment:kind_${value}` as never),
        }))}
        {...form.getInputProps('kind')}
      />
      <Textarea
        label={t('visit_note')}
        placeholder={ticket.subject}
        autosize
        minRows={2}
        {...form.getInputProps('note')}
      />
    </FormBody>
  );
}
