import {
  Alert,
  Button,
  Checkbox,
  SegmentedControl,
  Stack,
  Text,
  TextInput,
  Title,
  useMantineColorScheme,
} from '@mantine/core';
import { useQueryClient, useSuspenseQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, type Schemas } from '@/api/client';
import { path } from '@/lib/path';
import { switchLang, useLang } from '@/locales';
import { Failed, Loading, problemText } from '@/ui/states';
import { Requests } from '../parts/requests';
import { portalSession } from '../session';
import { ChoosePage } from './choose';

const LANGS = [
  { value: 'id', label: 'Indonesia' },
  { value: 'en', label: 'English' },
];

export function PortalSettingsPage() {
  const { t } = useTranslation('portal');
  const settings = api.useQuery('get', '/api/v1/portal/settings');
  const home = api.useQuery('get', '/api/v1/portal/home');
  const error = settings.error ?? home.error;
  if (error) return <Failed error={error} again={() => void settings.refetch()} />;
  if (!settings.data || !home.data) return <Loading />;
  return (
    <Stack gap="xl">
      <Title order={1}>{t('settings')}</Title>
      <Own settings={settings.data} />
      <Look />
      <Requests lines={home.data.lines} />
      <Leave />
    </Stack>
  );
}

function Own({ settings }: { settings: Schemas['PortalSettings'] }) {
  const { t } = useTranslation('portal');
  const [email, setEmail] = useState(settings.email ?? '');
  const [lang, setLang] = useState(settings.lang);
  const [out, setOut] = useState<string[]>(settings.opted_out);
  const save = api.useMutation('put', '/api/v1/portal/settings', { meta: { quiet: true } });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    save.mutate({ body: { email: email || null, lang, opted_out: out } });
  };
  const facts = [
    [t('customer_number'), settings.number],
    [t('phone'), settings.phone],
    [t('address'), settings.address],
  ] as const;
  return (
    <form onSubmit={submit}>
      <Stack>
        <Text fw={600}>{settings.name}</Text>
        {facts.map(([name, value]) => (
          <div key={name}>
            <Text size="sm" c="dimmed">
              {name}
            </Text>
            <Text>{value}</Text>
          </div>
        ))}
        <TextInput
          label={t('email')}
          type="email"
          value={email}
          onChange={(event) => setEmail(event.currentTarget.value)}
        />
        <div>
          <Text size="sm">{t('messages_lang')}</Text>
          <SegmentedControl fullWidth data={LANGS} value={lang} onChange={setLang} />
        </div>
        <Checkbox.Group label={t('silent')} value={out} onChange={setOut}>
          <Stack mt="xs">
            <Checkbox value="whatsapp" label="WhatsApp" />
            <Checkbox value="sms" label="SMS" />
            <Checkbox value="email" label="E-mail" />
          </Stack>
        </Checkbox.Group>
        {save.error != null && (
          <Alert color="red" role="alert">
            {problemText(save.error)}
          </Alert>
        )}
        <Button type="submit" loading={save.isPending}>
          {save.isSuccess ? t('saved') : t('save')}
        </Button>
      </Stack>
    </form>
  );
}

function Look() {
  const { t } = useTranslation('portal');
  const lang = useLang();
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  return (
    <Stack>
      <div>
        <Text size="sm">{t('app_lang')}</Text>
        <SegmentedControl
          fullWidth
          data={LANGS}
          value={lang}
          onChange={(value) => void switchLang(value === 'en' ? 'en' : 'id')}
        />
      </div>
      <div>
        <Text size="sm">{t('look')}</Text>
        <SegmentedControl
          fullWidth
          data={(['auto', 'light', 'dark'] as const).map((value) => ({ value, label: t(value) }))}
          value={colorScheme}
          onChange={(value) => setColorScheme(value as typeof colorScheme)}
        />
      </div>
    </Stack>
  );
}

function Leave() {
  const { t } = useTranslation('portal');
  const queries = useQueryClient();
  const navigate = useNavigate();
  const session = useSuspenseQuery(portalSession()).data;
  const [choosing, setChoosing] = useState(false);
  const leave = api.useMutation('delete', '/api/v1/portal/session', {
    onSuccess: () => {
      void navigate({ to: path.meLogin(), replace: true }).then(() => queries.clear());
    },
  });
  return (
    <Stack>
      {session.choices.length > 1 && !choosing && (
        <Button variant="default" onClick={() => setChoosing(true)}>
          {t('switch_customer')}
        </Button>
      )}
      {choosing && <ChoosePage onChosen={() => void navigate({ to: path.me() })} />}
      <Button
        variant="default"
        color="red"
        loading={leave.isPending}
        onClick={() => leave.mutate({})}
      >
        {t('log_out')}
      </Button>
    </Stack>
  );
}
