// More quota for the running period: its price, and the order.
import { Text } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useTranslation } from 'react-i18next';
import { api } from '@/api/client';
import { formatQuota } from '@/lib/bytes';
import { formatMoney } from '@/lib/money';
import { keyed } from '@/lib/request-key';
import { FormBody } from '@/ui/form';
import type { FormProps } from './subscription-forms';

export function QuotaForm({ chain, close }: FormProps) {
  const { t } = useTranslation(['chain', 'common']);
  const path = { path: { id: chain.subscription_id } };
  const found = api.useQuery('get', '/api/v1/subscriptions/{id}/quota-offer', {
    params: path,
  });
  const send = api.useMutation('post', '/api/v1/subscriptions/{id}/quota-top-ups', {
    meta: { quiet: true },
  });
  const form = useForm({ initialValues: {} });
  const offer = found.data?.offer;
  return (
    <FormBody
      form={form}
      submit={t('do_quota')}
      cancel={close}
      onSubmit={async (_, key) => {
        await send.mutateAsync({ params: path, ...keyed(key) });
        close();
      }}
    >
      {offer && (
        <Text fw={600}>
          {formatQuota(offer.bytes)} · {formatMoney(offer.price)}
        </Text>
      )}
      <Text size="sm">{found.data && !offer ? t('quota_none') : t('quota_text')}</Text>
    </FormBody>
  );
}
