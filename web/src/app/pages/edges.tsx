// What a page shows when it is not there, not ready, or broken.
import { Button } from '@mantine/core';
import { useRouter } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { path } from '@/lib/path';
import { ButtonTo } from '@/ui/link';
import { Empty, Failed, Loading } from '@/ui/states';

export function NotFoundPage() {
  const { t } = useTranslation();
  return (
    <Empty
      icon="question"
      title={t('page_not_found')}
      hint={t('page_not_found_hint')}
      action={<ButtonTo to={path.home()}>{t('nav_home')}</ButtonTo>}
    />
  );
}

export function RoutePending() {
  return <Loading rows={8} />;
}

export function RouteFailed({ error }: { error: unknown }) {
  const { t } = useTranslation();
  const router = useRouter();
  return (
    <>
      <Failed error={error} again={() => void router.invalidate()} />
      <Button variant="subtle" ml="md" onClick={() => globalThis.location.reload()}>
        {t('reload')}
      </Button>
    </>
  );
}
