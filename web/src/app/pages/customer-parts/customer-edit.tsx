import { Checkbox, SegmentedControl, Select, Textarea, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useTranslation } from 'react-i18next';
import { api, type Schemas } from '@/api/client';
import { formatPlace, parsePlace } from '@/lib/geo';
import { formatPhone, looksLikePhone } from '@/lib/phone';
import { FormBody } from '@/ui/form';

/** A customer's own data; what was not touched is not sent. */
export function CustomerEdit({
  customer,
  close,
}: {
  customer: Schemas['CustomerView'];
  close: () => void;
}) {
  const { t } = useTranslation(['crm', 'common', 'chain']);
  const send = api.useMutation('patch', '/api/v1/customers/{id}', { meta: { quiet: true } });
  const place =
    customer.lat != null && customer.lon != null
      ? formatPlace({ lat: customer.lat, lon: customer.lon })
      : '';
  const form = useForm({
    initialValues: {
      name: customer.name,
      phone: formatPhone(customer.phone),
      email: customer.email ?? '',
      address: customer.address,
      place,
      kind: customer.kind,
      lang: customer.lang,
      nik: '',
      npwp: customer.npwp ?? '',
      withholds_pph23: customer.withholds_pph23,
      withholds_wapu: customer.withholds_wapu,
    },
    validate: {
      name: (value) => (value.trim() ? null : t('common:required')),
      phone: (value) => (looksLikePhone(value) ? null : t('phone_unread')),
      place: (value) => (!value.trim() || parsePlace(value) ? null : t('place_unread')),
    },
  });
  return (
    <FormBody
      form={form}
      submit={t('common:save')}
      cancel={close}
      onSubmit={async ({ place: at, ...values }) => {
        const touched = Object.entries(values).filter(([name]) => form.isDirty(name));
        const spot = form.isDirty('place') ? parsePlace(at) : null;
        await send.mutateAsync({
          params: { path: { id: customer.id } },
          body: { ...Object.fromEntries(touched), ...spot },
        });
        close();
      }}
    >
      <TextInput label={t('name')} required {...form.getInputProps('name')} />
      <TextInput label={t('phone')} required {...form.getInputProps('phone')} />
      <TextInput label={t('common:email')} type="email" {...form.getInputProps('email')} />
      <Textarea label={t('address')} autosize minRows={2} {...form.getInputProps('address')} />
      <TextInput label={t('chain:place')} {...form.getInputProps('place')} />
      <SegmentedControl
        aria-label={t('chain:kind')}
        data={[
          { value: 'person', label: t('chain:kind_person') },
          { value: 'company', label: t('chain:kind_company') },
        ]}
        {...form.getInputProps('kind')}
      />
      <Select
        label={t('chain:lang')}
        allowDeselect={false}
        data={[
          { value: 'id', label: t('chain:lang_id') },
          { value: 'en', label: t('chain:lang_en') },
        ]}
        {...form.getInputProps('lang')}
      />
      <TextInput
        label={t('nik')}
        description={customer.has_nik ? t('chain:nik_kept') : t('nik_hint')}
        inputMode="numeric"
        {...form.getInputProps('nik')}
      />
      <TextInput label={t('chain:npwp')} {...form.getInputProps('npwp')} />
      <Checkbox
        label={t('chain:withholds_pph23')}
        {...form.getInputProps('withholds_pph23', { type: 'checkbox' })}
      />
      <Checkbox
        label={t('chain:withholds_wapu')}
        {...form.getInputProps('withholds_wapu', { type: 'checkbox' })}
      />
    </FormBody>
  );
}
