import { Select } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, client } from '@/api/client';
import { keyed } from '@/lib/request-key';
import { BulkAction } from '@/ui/bulk/bulk-action';
import type { Choice } from '@/ui/bulk/choice';

/** Gives the chosen leads to somebody of the sales. */
export function GiveMany({ choice }: { choice: Choice }) {
  const { t } = useTranslation('crm');
  const [seller, choose] = useState<string | null>(null);
  const sellers = api.useQuery('get', '/api/v1/sellers', undefined, {
    enabled: choice.rows.length > 0,
  });
  const give = api.useMutation('post', '/api/v1/leads/assign', { meta: { quiet: true } });
  const said = { seller_id: seller ?? '' };
  return (
    <BulkAction
      choice={choice}
      label={t('give')}
      title={t('give_title')}
      ready={seller !== null}
      fields={
        <Select
          label={t('seller')}
          required
          searchable
          data-autofocus
          value={seller}
          onChange={choose}
          data={(sellers.data?.items ?? []).map((one) => ({ value: one.id, label: one.name }))}
        />
      }
      preview={(ids) => client.POST('/api/v1/leads/assign/preview', { body: { ids, ...said } })}
      act={(ids, key) => give.mutateAsync({ body: { ids, ...said }, ...keyed(key) })}
    />
  );
}
