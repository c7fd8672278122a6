import { TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useTranslation } from 'react-i18next';
import { api } from '@/api/client';
import { keyed } from '@/lib/request-key';
import { FormBody } from '@/ui/form';

/** The number of the paper that has arrived. */
export function CertifyForm({ id, close }: { id: string; close: () => void }) {
  const { t } = useTranslation(['billing', 'common']);
  const send = api.useMutation('post', '/api/v1/withholdings/{id}/certificate', {
    meta: { quiet: true },
  });
  const form = useForm({
    initialValues: { number: '' },
    validate: { number: (value) => (value.trim() ? null : t('common:required')) },
  });
  return (
    <FormBody
      form={form}
      submit={t('certify')}
      cancel={close}
      onSubmit={async ({ number }, key) => {
        await send.mutateAsync({
          params: { path: { id } },
          body: { number: number.trim() },
          ...keyed(key),
        });
        close();
      }}
    >
      <TextInput
        label={t('certificate')}
        description={t('certificate_hint')}
        required
        data-autofocus
        {...form.getInputProps('number')}
      />
    </FormBody>
  );
}
