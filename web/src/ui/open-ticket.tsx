// A report. Here, because the list of tickets, the customer's page and Kenapa? open one.
import { Select, Textarea, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useTranslation } from 'react-i18next';
import { api, type Schemas } from '@/api/client';
import { FormBody, FormDrawer } from './form';

export const CATEGORIES = [
  'no_internet',
  'slow',
  'unstable',
  'device',
  'billing',
  'request',
  'other',
] as const;
export const PRIORITIES = ['low', 'normal', 'high', 'urgent'] as const;
/** No word of a priority: the category says it. */
const AUTO = 'auto';

export type TicketFor = {
  customer_id: string;
  subscriptions: { subscription_id: string; title: string }[];
  /** Chosen beforehand. */
  subscription_id?: string;
  category?: (typeof CATEGORIES)[number];
  text?: string;
};

type Props = TicketFor & {
  close: () => void;
  onOpened?: (ticket: Schemas['Ticket']) => void;
};

/** The drawer of a new ticket of a customer who is known. */
export function OpenTicket({ opened, ...rest }: Props & { opened: boolean }) {
  const { t } = useTranslation('ticket');
  return (
    <FormDrawer opened={opened} close={rest.close} title={t('open')}>
      <OpenTicketForm {...rest} />
    </FormDrawer>
  );
}

export function OpenTicketForm({ close, onOpened, ...whose }: Props) {
  const { t } = useTranslation(['ticket', 'common']);
  const open = api.useMutation('post', '/api/v1/tickets', { meta: { quiet: true } });
  const form = useForm({
    initialValues: {
      subscription_id: whose.subscription_id ?? whose.subscriptions[0]?.subscription_id ?? '',
      category: whose.category ?? 'no_internet',
      priority: AUTO as string,
      subject: '',
      text: whose.text ?? '',
    },
    validate: { text: (value) => (value.trim() ? null : t('common:required')) },
  });
  const submit = async (values: typeof form.values, key: string) => {
    const ticket = await open.mutateAsync({
      params: { header: { 'Idempotency-Key': key } },
      body: {
        customer_id: whose.customer_id,
        subscription_id: values.subscription_id || null,
        category: values.category,
        priority: values.priority === AUTO ? null : values.priority,
        subject: values.subject.trim(),
        text: values.text.trim(),
      },
    });
    close();
    onOpened?.(ticket);
  };
  return (
    <FormBody form={form} onSubmit={submit} submit={t('open')} cancel={close}>
      <Select
        label={t('category')}
        required
        allowDeselect={false}
        data={CATEGORIES.map((value) => ({ value, label: t(`category_${value}`) }))}
        {...form.getInputProps('category')}
      />
      <Select
        label={t('subscription')}
        clearable
        placeholder={t('no_subscription')}
        data={whose.subscriptions.map((one) => ({
          value: one.subscription_id,
          label: one.title,
        }))}
        {...form.getInputProps('subscription_id')}
        value={form.values.subscription_id || null}
        onChange={(value) => form.setFieldValue('subscription_id', value ?? '')}
      />
      <Textarea
        label={t('text')}
        required
        autosize
        minRows={3}
        data-autofocus
        {...form.getInputProps('text')}
      />
      <TextInput
        label={t('subject')}
        description={t('subject_hint')}
        maxLength={200}
        {...form.getInputProps('subject')}
      />
      <Select
        label={t('priority')}
        allowDeselect={false}
        data={[
          { value: AUTO, label: t('priority_auto') },
          ...PRIORITIES.map((value) => ({ value, label: t(`priority_${value}`) })),
        ]}
        {...form.getInputProps('priority')}
      />
    </FormBody>
  );
}
