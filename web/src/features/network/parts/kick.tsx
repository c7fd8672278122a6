import { useTranslation } from 'react-i18next';
import { api, type Schemas } from '@/api/client';
import { useCan } from '@/api/session';
import { ConfirmAction } from '@/ui/action';

/** Ends a session; the modem dials in again at once, under the rules of now. */
export function Kick({ session }: { session: Schemas['NetworkSession'] }) {
  const { t } = useTranslation('network');
  const can = useCan();
  const kick = api.useMutation('post', '/api/v1/sessions/{id}/kick', { meta: { quiet: true } });
  return (
    <ConfirmAction
      size="compact-sm"
      variant="default"
      verdict={can('session_kick', session, 'kick')}
      title={t('kick_title')}
      text={t('kick_text', { username: session.username })}
      confirm={t('kick')}
      onConfirm={() => kick.mutateAsync({ params: { path: { id: session.id } } })}
    >
      {t('kick')}
    </ConfirmAction>
  );
}
