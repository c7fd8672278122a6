import { Grid, SegmentedControl, Select, Stack, Textarea, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api } from '@/api/client';
import { parsePlace, type Place } from '@/lib/geo';
import { formatMoney } from '@/lib/money';
import { path } from '@/lib/path';
import { looksLikePhone } from '@/lib/phone';
import { useDraft } from '@/lib/draft';
import { Panel } from '@/ui/facts';
import { FormBody } from '@/ui/form';
import { PageHead } from '@/ui/states';
import { useNetworkOnMap } from '../coverage';
import { CoverageAnswer } from '../parts/coverage-answer';
import { PinField } from '../parts/pin-field';
import { useSearch } from '@tanstack/react-router';

const BLANK = {
  name: '',
  phone: '',
  address: '',
  nik: '',
  plan_id: '',
  mode: 'prepaid' as 'prepaid' | 'postpaid',
  note: '',
};

export function NewLeadPage() {
  const { t } = useTranslation(['crm', 'common']);
  const navigate = useNavigate();
  const at = useSearch({ strict: false }) as { lat?: string; lon?: string };
  const [place, setPlace] = useState<Place | null>(parsePlace(`${at.lat ?? ''},${at.lon ?? ''}`));
  const network = useNetworkOnMap();
  const plans = api.useQuery('get', '/api/v1/plans');
  const register = api.useMutation('post', '/api/v1/leads', { meta: { quiet: true } });
  const draft = useDraft('lead', BLANK);
  const form = useForm({
    initialValues: draft.values,
    onValuesChange: draft.keep,
    validate: {
      name: (value) => (value.trim() ? null : t('common:required')),
      phone: (value) => (looksLikePhone(value) ? null : t('phone_unread')),
      address: (value) => (value.trim() ? null : t('common:required')),
    },
  });
  const plan = plans.data?.items.find((one) => one.id === form.values.plan_id);

  const submit = async (values: typeof BLANK) => {
    const lead = await register.mutateAsync({
      body: {
        name: values.name.trim(),
        phone: values.phone,
        address: values.address.trim(),
        mode: values.mode,
        channel: 'sales',
        plan_id: values.plan_id || null,
        nik: values.nik || null,
        note: values.note || null,
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
              <TextInput label={t('name')} required autoFocus {...form.getInputProps('name')} />
              <TextInput
                label={t('phone')}
                required
                inputMode="tel"
                placeholder="0812…"
                {...form.getInputProps('phone')}
              />
              <Textarea
                label={t('address')}
                required
                autosize
                minRows={2}
                {...form.getInputProps('address')}
              />
              <Select
                label={t('plan')}
                searchable
                data={(plans.data?.items ?? [])
                  .filter((one) => !one.archived)
                  .map((one) => ({
                    value: one.id,
                    label: `${one.name} · ${formatMoney(one.price)}`,
                  }))}
                {...form.getInputProps('plan_id')}
                onChange={(value) => form.setFieldValue('plan_id', value ?? '')}
              />
              <Stack gap={4}>
                <SegmentedControl
                  aria-label={t('mode')}
                  data={[
                    {
                      value: 'prepaid',
                      label: t('mode_prepaid'),
                      disabled: plan ? !plan.prepaid_allowed : false,
                    },
                    {
                      value: 'postpaid',
                      label: t('mode_postpaid'),
                      disabled: plan ? !plan.postpaid_allowed : false,
                    },
                  ]}
                  {...form.getInputProps('mode')}
                />
              </Stack>
              <TextInput
                label={t('nik')}
                description={t('nik_hint')}
                inputMode="numeric"
                {...form.getInputProps('nik')}
              />
              <Textarea label={t('note')} autosize {...form.getInputProps('note')} />
            </FormBody>
          </Panel>
        </Grid.Col>
        <Grid.Col span={{ base: 12, md: 6 }}>
          <Panel title={t('place_title')}>
            <Stack>
              <PinField place={place} onPlace={setPlace} {...network} />
              <CoverageAnswer place={place} />
            </Stack>
          </Panel>
        </Grid.Col>
      </Grid>
    </>
  );
}
