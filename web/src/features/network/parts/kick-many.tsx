import { useTranslation } from 'react-i18next';
import { api, client } from '@/api/client';
import { BulkAction } from '@/ui/bulk/bulk-action';
import type { Choice } from '@/ui/bulk/choice';

/** Ends the chosen sessions. Ending one that is over does nothing: it needs no key. */
export function KickMany({ choice }: { choice: Choice }) {
  const { t } = useTranslation('network');
  const kick = api.useMutation('post', '/api/v1/sessions/kick', { meta: { quiet: true } });
  return (
    <BulkAction
      choice={choice}
      label={t('kick')}
      title={t('kick_many')}
      preview={(ids) => client.POST('/api/v1/sessions/kick/preview', { body: { ids } })}
      act={(ids) => kick.mutateAsync({ body: { ids } })}
    />
  );
}
