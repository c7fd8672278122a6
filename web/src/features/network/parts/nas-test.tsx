// Does the router hear us, and do we hear it? Both ways on one look, with the way out when one is shut.
import { Alert, Button, Loader, Stack, Text } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, type Schemas } from '@/api/client';
import { Age } from '@/ui/day';
import { Icon } from '@/ui/icon';
import { Failed } from '@/ui/states';

type Found = Schemas['NasTest'];

export function NasTest({ id }: { id: string }) {
  const { t } = useTranslation('network');
  const ask = api.useMutation('post', '/api/v1/nas/{id}/test', { meta: { quiet: true } });
  const [found, setFound] = useState<Found | null>(null);
  const test = async () => {
    setFound(null);
    setFound(await ask.mutateAsync({ params: { path: { id } } }).catch(() => null));
  };
  return (
    <Stack gap="sm">
      <Text size="sm" c="dimmed">
        {t('test_text')}
      </Text>
      <div aria-live="polite">
        {ask.isPending && (
          <Text size="sm">
            <Loader size={14} mr={8} />
            {t('test_running')}
          </Text>
        )}
        {ask.isError && <Failed error={ask.error} again={() => void test()} />}
        {found && <Verdicts found={found} />}
      </div>
      <div>
        <Button onClick={() => void test()} disabled={ask.isPending}>
          {found ? t('test_again') : t('test')}
        </Button>
      </div>
    </Stack>
  );
}

function Verdicts({ found }: { found: Found }) {
  const { t } = useTranslation('network');
  const { radius } = found.nas;
  const last = [radius.last_auth_at, radius.last_acct_at].filter(Boolean).sort().at(-1);
  const heard = radius.secret_differs ? 'differs' : last ? 'heard' : 'never';
  return (
    <Stack gap="sm">
      <Verdict good={heard === 'heard'} title={t('test_from_router')}>
        {t(`test_from_${heard}`)} {heard === 'heard' && <Age since={last} />}
      </Verdict>
      <Verdict good={found.coa === 'heard'} title={t('test_to_router')}>
        {t(`test_coa_${found.coa}` as never)}
      </Verdict>
    </Stack>
  );
}

function Verdict(props: { good: boolean; title: string; children: React.ReactNode }) {
  return (
    <Alert
      color={props.good ? 'teal' : 'orange'}
      icon={<Icon name={props.good ? 'check' : 'warning'} size={18} />}
      title={props.title}
    >
      {props.children}
    </Alert>
  );
}
