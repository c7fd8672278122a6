import { useTranslation } from 'react-i18next';
import { api, client } from '@/api/client';
import { keyed } from '@/lib/request-key';
import { BulkAction } from '@/ui/bulk/bulk-action';
import type { Choice } from '@/ui/bulk/choice';

/** Reminds the customers of the chosen invoices. */
export function RemindMany({ choice }: { choice: Choice }) {
  const { t } = useTranslation('billing');
  const remind = api.useMutation('post', '/api/v1/invoices/remind', { meta: { quiet: true } });
  return (
    <BulkAction
      choice={choice}
      label={t('remind')}
      title={t('remind_title')}
      preview={(ids) => client.POST('/api/v1/invoices/remind/preview', { body: { ids } })}
      act={(ids, key) => remind.mutateAsync({ body: { ids }, ...keyed(key) })}
    />
  );
}
