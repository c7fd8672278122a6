import { Button, Stack, Text, TextInput } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Icon } from '@/ui/icon';
import { SignaturePad } from '@/ui/signature-pad';
import type { Job, JobNow } from '../job-steps';
import { keepPhoto } from './keep-photo';
import { Modal } from '@/ui/windows';

/** The customer signs that the work was done; somebody of the house may sign for them. */
export function SignatureStep({ job, now }: { job: Job; now: JobNow }) {
  const { t } = useTranslation('fulfilment');
  const [open, setOpen] = useState(false);
  return (
    <>
      <Button
        size="lg"
        variant={now.hasSignature ? 'light' : 'default'}
        leftSection={<Icon name={now.hasSignature ? 'check' : 'pen'} />}
        onClick={() => setOpen(true)}
      >
        {t('photo_signature')}
      </Button>
      <Modal opened={open} onClose={() => setOpen(false)} title={t('sign_title')} fullScreen>
        {open && <Sign job={job} close={() => setOpen(false)} />}
      </Modal>
    </>
  );
}

function Sign({ job, close }: { job: Job; close: () => void }) {
  const { t } = useTranslation(['fulfilment', 'common']);
  const [name, setName] = useState(job.customer_name);
  const [drawn, setDrawn] = useState<(() => Promise<Blob>) | null>(null);
  const [busy, setBusy] = useState(false);
  const keep = async () => {
    if (!drawn) return;
    setBusy(true);
    try {
      await keepPhoto(job, 'signature', await drawn(), name.trim());
      close();
    } catch {
      notifications.show({ color: 'red', message: t('photo_unread') });
      setBusy(false);
    }
  };
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        void keep();
      }}
    >
      <Stack>
        <Text size="sm" c="dimmed">
          {t('sign_text', { number: job.number })}
        </Text>
        <TextInput
          label={t('signer')}
          size="md"
          required
          maxLength={100}
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
        />
        <SignaturePad label={t('sign_area')} onChange={(give) => setDrawn(() => give)} />
        <Button type="submit" size="lg" loading={busy} disabled={!drawn || !name.trim()}>
          {t('sign_keep')}
        </Button>
      </Stack>
    </form>
  );
}
