// A reseller registers a sub-customer: the place first, which says at once whether it can be served.
import { Stack } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api } from '@/api/client';
import { useMe } from '@/api/session';
import { CoverageAnswer } from '@/features/crm/parts/coverage-answer';
import {
  BLANK,
  entered,
  LeadFields,
  type LeadValues,
  useLeadRules,
} from '@/features/crm/parts/lead-fields';
import { PinField } from '@/features/crm/parts/pin-field';
import { useDraft } from '@/lib/draft';
import type { Place } from '@/lib/geo';
import { path } from '@/lib/path';
import { keyed } from '@/lib/request-key';
import { Panel } from '@/ui/facts';
import { FormBody } from '@/ui/form';
import { NoPermission, PageHead } from '@/ui/states';

export function RegisterPage() {
  const { t } = useTranslation(['partner', 'crm']);
  const me = useMe();
  const navigate = useNavigate();
  const [place, setPlace] = useState<Place | null>(null);
  const register = api.useMutation('post', '/api/v1/leads', { meta: { quiet: true } });
  const draft = useDraft<LeadValues>('partner-lead', { ...BLANK, mode: 'prepaid' });
  const form = useForm<LeadValues>({
    initialValues: draft.values,
    onValuesChange: draft.keep,
    validate: useLeadRules(),
  });
  if (!me.partner_id) return <NoPermission />;
  const submit = async (values: LeadValues, key: string) => {
    const lead = await register.mutateAsync({
      body: {
        ...entered(values),
        channel: 'reseller',
        lat: place?.lat ?? null,
        lon: place?.lon ?? null,
      },
      ...keyed(key),
    });
    draft.forget();
    await navigate({ to: path.partnerLead(lead.id) });
  };
  return (
    <Stack>
      <PageHead title={t('register_title')} note={t('register_note')} />
      <Panel title={t('crm:place_title')}>
        <Stack>
          <PinField place={place} onPlace={setPlace} />
          <CoverageAnswer place={place} />
        </Stack>
      </Panel>
      <Panel>
        <FormBody form={form} onSubmit={submit} submit={t('register')} full>
          <LeadFields form={form} />
        </FormBody>
      </Panel>
    </Stack>
  );
}
