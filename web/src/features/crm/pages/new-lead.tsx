import { Grid, Select, Stack } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api } from '@/api/client';
import { useCan, useMe } from '@/api/session';
import { useDraft } from '@/lib/draft';
import { parsePlace, type Place } from '@/lib/geo';
import { path } from '@/lib/path';
import { Panel } from '@/ui/facts';
import { FormBody } from '@/ui/form';
import { NoPermission, PageHead } from '@/ui/states';
import { useNetworkOnMap } from '../coverage';
import { CoverageAnswer } from '../parts/coverage-answer';
import { BLANK, entered, LeadFields, type LeadValues, useLeadRules } from '../parts/lead-fields';
import { PinField } from '../parts/pin-field';

export function NewLeadPage() {
  const { t } = useTranslation(['crm', 'common']);
  const can = useCan();
  const me = useMe();
  const navigate = useNavigate();
  const at = useSearch({ strict: false }) as { lat?: string; lon?: string };
  const [place, setPlace] = useState<Place | null>(parsePlace(`${at.lat ?? ''},${at.lon ?? ''}`));
  const [key] = useState(() => crypto.randomUUID());
  const network = useNetworkOnMap();
  const register = api.useMutation('post', '/api/v1/leads', { meta: { quiet: true } });
  const draft = useDraft<LeadValues>('lead', { ...BLANK, mode: 'prepaid' });
  // Whoever belongs to no branch says whose lead it is, unless the map does.
  const asksBranch = me.branch_id == null && me.branches.length > 1;
  const rules = useLeadRules();
  const form = useForm<LeadValues>({
    initialValues: draft.values,
    onValuesChange: draft.keep,
    validate: {
      ...rules,
      branch_id: (value) => (asksBranch && !place && !value ? t('common:required') : null),
    },
  });
  if (!can('lead_write').allowed) return <NoPermission />;

  const submit = async (values: LeadValues) => {
    const lead = await register.mutateAsync({
      params: { header: { 'Idempotency-Key': key } },
      body: {
        ...entered(values),
        channel: me.roles.includes('sales') ? 'sales' : 'admin',
        branch_id: values.branch_id || null,
        lat: place?.lat ?? null,
        lon: place?.lon ?? null,
      },
    });
    draft.forget();
    await navigate({ to: path.lead(lead.id) });
  };

  return (
    <>
      <PageHead title={t('lead_new')} note={t('lead_new_note')} />
      <Grid gap="md">
        <Grid.Col span={{ base: 12, md: 6 }}>
          <Panel>
            <FormBody form={form} onSubmit={submit} submit={t('lead_register')} wide>
              <LeadFields form={form} />
              {asksBranch && (
                <Select
                  label={t('common:branch')}
                  description={t('branch_hint')}
                  clearable
                  data={me.branches.map((one) => ({ value: one.id, label: one.name }))}
                  {...form.getInputProps('branch_id')}
                  value={form.values.branch_id || null}
                  onChange={(value) => form.setFieldValue('branch_id', value ?? '')}
                />
              )}
            </FormBody>
          </Panel>
        </Grid.Col>
        <Grid.Col span={{ base: 12, md: 6 }}>
          <Panel title={t('place_title')}>
            <Stack>
              <PinField
                place={place}
                onPlace={setPlace}
                areas={network.areas}
                odps={network.odps}
              />
              <CoverageAnswer place={place} />
            </Stack>
          </Panel>
        </Grid.Col>
      </Grid>
    </>
  );
}
