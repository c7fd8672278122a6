import { SegmentedControl } from '@mantine/core';
import { useNavigate } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useMe } from '@/api/session';
import { holds } from '@/lib/can';
import { path } from '@/lib/path';
import { PageHead } from '@/ui/states';

const PLACES = { list: path.resellers(), top_ups: path.topUps() };

/** The head of the pages about resellers, and the way between them. */
export function ResellersHead({ at, children }: { at: keyof typeof PLACES; children?: ReactNode }) {
  const { t } = useTranslation('partner');
  const navigate = useNavigate();
  const me = useMe();
  return (
    <PageHead title={t('resellers')}>
      {holds(me, 'wallet_approve') && (
        <SegmentedControl
          aria-label={t('resellers')}
          value={at}
          onChange={(value) => void navigate({ to: PLACES[value as keyof typeof PLACES] })}
          data={[
            { value: 'list', label: t('resellers') },
            { value: 'top_ups', label: t('top_ups') },
          ]}
        />
      )}
      {children}
    </PageHead>
  );
}
