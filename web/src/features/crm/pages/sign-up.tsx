import {
  Alert,
  Button,
  Group,
  Paper,
  Select,
  Stack,
  Text,
  TextInput,
  Textarea,
  Title,
} from '@mantine/core';
import { useForm } from '@mantine/form';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, type Schemas } from '@/api/client';
import { useDraft } from '@/lib/draft';
import { formatPlace, myPlace, type Place } from '@/lib/geo';
import { formatMoney } from '@/lib/money';
import { formatPhone, looksLikePhone } from '@/lib/phone';
import { switchLang, useLang } from '@/locales';
import { FormBody } from '@/ui/form';
import { Icon } from '@/ui/icon';
import { Failed, Loading } from '@/ui/states';

const BLANK = { name: '', phone: '', address: '', plan_id: '', branch_id: '', note: '' };

type Sent = { receipt: Schemas['LeadReceipt']; phone: string };

/** For anybody who wants a connection: no login, one screen on a phone. */
export function SignUpPage() {
  const { t } = useTranslation(['crm', 'common']);
  const lang = useLang();
  const [sent, setSent] = useState<Sent | null>(null);
  const offer = api.useQuery('get', '/api/v1/public/offer', {}, { staleTime: 300_000 });
  return (
    <Stack maw={560} mx="auto" p="md" gap="md" component="main">
      <Group justify="space-between" wrap="nowrap">
        <Group gap="sm" wrap="nowrap">
          <img src="/favicon.svg" alt="" width={36} height={36} />
          <Text fw={600}>{offer.data?.company ?? t('common:app_name')}</Text>
        </Group>
        <Button
          variant="subtle"
          color="gray"
          onClick={() => void switchLang(lang === 'id' ? 'en' : 'id')}
        >
          {t('common:switch_language')}
        </Button>
      </Group>
      {offer.isPending && <Loading />}
      {offer.error && <Failed error={offer.error} again={() => void offer.refetch()} />}
      {offer.data && !sent && <Form offer={offer.data} onSent={setSent} />}
      {sent && (
        <Stack>
          <Alert
            color="teal"
            icon={<Icon name="check" />}
            title={t('sign_up_thanks')}
            role="status"
          >
            {t('sign_up_thanks_text', {
              phone: formatPhone(sent.phone),
              number: sent.receipt.id.slice(-8).toUpperCase(),
            })}
          </Alert>
          <Button variant="default" size="md" onClick={() => setSent(null)}>
            {t('sign_up_again')}
          </Button>
        </Stack>
      )}
    </Stack>
  );
}

function Form({ offer, onSent }: { offer: Schemas['Offer']; onSent: (sent: Sent) => void }) {
  const { t } = useTranslation(['crm', 'common']);
  const [place, setPlace] = useState<Place | null>(null);
  const [key] = useState(() => crypto.randomUUID());
  const draft = useDraft('sign-up', BLANK);
  const ask = api.useMutation('post', '/api/v1/public/leads', { meta: { quiet: true } });
  const manyBranches = offer.branches.length > 1;
  const form = useForm({
    initialValues: draft.values,
    onValuesChange: draft.keep,
    validate: {
      name: (value) => (value.trim() ? null : t('common:required')),
      phone: (value) => (looksLikePhone(value) ? null : t('phone_unread')),
      address: (value) => (value.trim() ? null : t('common:required')),
      branch_id: (value) => (manyBranches && !place && !value ? t('common:required') : null),
    },
  });
  const submit = async (values: typeof BLANK) => {
    const receipt = await ask.mutateAsync({
      params: { header: { 'Idempotency-Key': key } },
      body: {
        name: values.name.trim(),
        phone: values.phone,
        address: values.address.trim(),
        plan_id: values.plan_id || null,
        branch_id: values.branch_id || null,
        note: values.note.trim() || null,
        lat: place?.lat ?? null,
        lon: place?.lon ?? null,
      },
    });
    draft.forget();
    onSent({ receipt, phone: values.phone });
  };
  return (
    <>
      <div>
        <Title order={1}>{t('sign_up')}</Title>
        <Text c="dimmed" size="sm">
          {t('sign_up_note')}
        </Text>
      </div>
      <Paper withBorder p="md" radius="md">
        <FormBody form={form} onSubmit={submit} submit={t('sign_up_send')} full>
          <TextInput
            label={t('name')}
            required
            size="md"
            autoComplete="name"
            {...form.getInputProps('name')}
          />
          <TextInput
            label={t('phone')}
            required
            size="md"
            type="tel"
            autoComplete="tel"
            placeholder="0812…"
            {...form.getInputProps('phone')}
          />
          <Textarea
            label={t('address')}
            required
            size="md"
            autosize
            minRows={2}
            autoComplete="street-address"
            {...form.getInputProps('address')}
          />
          <Position place={place} onPlace={setPlace} />
          {manyBranches && (
            <Select
              label={t('common:branch')}
              size="md"
              required={!place}
              data={offer.branches.map((one) => ({ value: one.id, label: one.name }))}
              {...form.getInputProps('branch_id')}
              value={form.values.branch_id || null}
              onChange={(value) => form.setFieldValue('branch_id', value ?? '')}
            />
          )}
          <Select
            label={t('sign_up_plan')}
            placeholder={t('sign_up_plan_none')}
            size="md"
            clearable
            data={offer.plans.map((one) => ({
              value: one.id,
              label: `${one.name} · ${t('per_month', {
                price: formatMoney(one.price),
                tax: one.tax === 'exclusive' ? t('tax_exclusive') : '',
              })}`,
            }))}
            {...form.getInputProps('plan_id')}
            value={form.values.plan_id || null}
            onChange={(value) => form.setFieldValue('plan_id', value ?? '')}
          />
          <Textarea label={t('note')} size="md" autosize {...form.getInputProps('note')} />
        </FormBody>
      </Paper>
    </>
  );
}

/** Where the connection is wanted, by this device's position. */
function Position(props: { place: Place | null; onPlace: (place: Place) => void }) {
  const { t } = useTranslation('crm');
  const [seeking, setSeeking] = useState(false);
  const [refused, setRefused] = useState(false);
  const here = async () => {
    setSeeking(true);
    setRefused(false);
    try {
      const { lat, lon } = await myPlace();
      props.onPlace({ lat, lon });
    } catch {
      setRefused(true);
    } finally {
      setSeeking(false);
    }
  };
  return (
    <Stack gap={4}>
      <Text size="sm" fw={500}>
        {t('sign_up_place')}
      </Text>
      <Button
        size="md"
        variant={props.place ? 'light' : 'default'}
        loading={seeking}
        leftSection={<Icon name={props.place ? 'check' : 'pin'} size={18} />}
        onClick={() => void here()}
      >
        {t('place_mine')}
      </Button>
      <Text size="xs" c={refused ? 'amber' : 'dimmed'} role="status">
        {refused
          ? t('sign_up_refused')
          : props.place
            ? t('sign_up_placed', { place: formatPlace(props.place) })
            : t('sign_up_place_hint')}
      </Text>
    </Stack>
  );
}
