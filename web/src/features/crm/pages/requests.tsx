// What customers and resellers ask of the office: another plan, the end, other contact data.
import { Badge, Group, SegmentedControl, Stack, Text, Textarea } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { api, type Schemas } from '@/api/client';
import { useCan } from '@/api/session';
import { path } from '@/lib/path';
import { keyed } from '@/lib/request-key';
import { Age, Day } from '@/ui/day';
import { Panel } from '@/ui/facts';
import { FormAction, FormBody } from '@/ui/form';
import { To } from '@/ui/link';
import { Empty, Failed, Loading, PageHead } from '@/ui/states';

type Request = Schemas['RequestView'];
const STATES = ['open', 'done', 'refused', 'withdrawn'] as const;
type State = (typeof STATES)[number];
type Kind = 'plan_change' | 'stop' | 'contact';

export function RequestsPage() {
  const { t } = useTranslation('crm');
  const navigate = useNavigate();
  const { state = 'open' } = useSearch({ strict: false }) as { state?: string };
  const found = api.useQuery('get', '/api/v1/requests', { params: { query: { state } } });
  return (
    <Stack>
      <PageHead title={t('requests')} />
      <SegmentedControl
        aria-label={t('requests')}
        data={STATES.map((value) => ({ value, label: t(`request_${value}`) }))}
        value={state}
        onChange={(value) =>
          void navigate({ to: path.requests(), search: { state: value } as never })
        }
        style={{ alignSelf: 'flex-start' }}
      />
      {found.error && <Failed error={found.error} again={() => void found.refetch()} />}
      {found.isPending && <Loading rows={4} />}
      {found.data?.items.length === 0 && (
        <Empty icon="check" title={t('requests_empty')} hint={t('requests_empty_hint')} />
      )}
      {found.data?.items.map((one) => (
        <RequestCard key={one.id} request={one} />
      ))}
    </Stack>
  );
}

function RequestCard({ request }: { request: Request }) {
  const { t } = useTranslation('crm');
  const can = useCan();
  const verdict = can('subscription_write', request, 'answer');
  return (
    <Panel title={`${request.number} · ${t(`request_kind_${request.kind as Kind}`)}`}>
      <Stack gap="xs">
        <Group justify="space-between">
          <To to={path.customer(request.customer_id)}>
            {request.customer_name} · {request.customer_number}
          </To>
          <Text size="sm" c="dimmed">
            <Age since={request.created_at} />
          </Text>
        </Group>
        <Text>
          {request.subscription_number} · {request.plan}
          {request.wished_plan && ` → ${request.wished_plan}`}
        </Text>
        {request.wished_on && (
          <Text>
            {t('request_wished')} <Day day={request.wished_on} />
          </Text>
        )}
        {request.note && <Text>{request.note}</Text>}
        {request.state === 'open' ? (
          <Group>
            <FormAction label={t('request_do')} verdict={verdict}>
              {(close) => <AnswerForm request={request} done close={close} />}
            </FormAction>
            <FormAction label={t('request_refuse')} verdict={verdict} variant="default">
              {(close) => <AnswerForm request={request} done={false} close={close} />}
            </FormAction>
          </Group>
        ) : (
          <Group>
            <Badge variant="light">{t(`request_${request.state as State}`)}</Badge>
            <Text size="sm" c="dimmed">
              {request.answered_by} {request.answer}
            </Text>
          </Group>
        )}
      </Stack>
    </Panel>
  );
}

function AnswerForm({
  request,
  done,
  close,
}: {
  request: Request;
  done: boolean;
  close: () => void;
}) {
  const { t } = useTranslation('crm');
  const form = useForm({ initialValues: { answer: '' } });
  const answer = api.useMutation('post', '/api/v1/requests/{id}/answer', {
    meta: { quiet: true },
  });
  return (
    <FormBody
      form={form}
      submit={done ? t('request_do') : t('request_refuse')}
      cancel={close}
      onSubmit={async (values, key) => {
        await answer.mutateAsync({
          params: { path: { id: request.id } },
          ...keyed(key),
          body: { done, answer: values.answer },
        });
        close();
      }}
    >
      <Text c="dimmed">{done ? t('request_do_hint') : t('request_refuse_hint')}</Text>
      <Textarea
        label={t('request_answer')}
        required={!done}
        autosize
        minRows={3}
        {...form.getInputProps('answer')}
      />
    </FormBody>
  );
}
