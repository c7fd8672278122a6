import { useForm } from '@mantine/form';
import { useState } from 'react';
import { api, type Schemas } from '@/api/client';
import { useTranslation } from 'react-i18next';
import type { Place } from '@/lib/geo';
import { FormBody } from '@/ui/form';
import { useNetworkOnMap } from '../coverage';
import { entered, LeadFields, type LeadValues, useLeadRules } from './lead-fields';
import { PinField } from './pin-field';

/** Corrects an open lead; coverage and duplicates are asked again. */
export function EditLead({ lead, close }: { lead: Schemas['LeadDetail']; close: () => void }) {
  const { t } = useTranslation(['crm', 'common']);
  const network = useNetworkOnMap();
  const [place, setPlace] = useState<Place | null>(
    lead.lat != null && lead.lon != null ? { lat: lead.lat, lon: lead.lon } : null,
  );
  const amend = api.useMutation('put', '/api/v1/leads/{id}', { meta: { quiet: true } });
  const rules = useLeadRules();
  const form = useForm<LeadValues>({
    initialValues: {
      name: lead.name,
      phone: lead.phone,
      address: lead.address,
      email: lead.email ?? '',
      nik: '',
      plan_id: lead.plan_id ?? '',
      mode: (lead.mode ?? '') as LeadValues['mode'],
      note: lead.note ?? '',
      branch_id: lead.branch_id,
    },
    validate: rules,
  });
  const submit = async (values: LeadValues) => {
    await amend.mutateAsync({
      params: { path: { id: lead.id } },
      body: {
        ...entered(values),
        lang: lead.lang,
        lat: place?.lat ?? null,
        lon: place?.lon ?? null,
      },
    });
    close();
  };
  return (
    <FormBody form={form} onSubmit={submit} submit={t('common:save')} cancel={close}>
      <LeadFields form={form} hasNik={lead.has_nik} />
      <PinField place={place} onPlace={setPlace} areas={network.areas} odps={network.odps} />
    </FormBody>
  );
}
