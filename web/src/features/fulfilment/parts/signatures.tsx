import { Stack, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { Schemas } from '@/api/client';
import { file } from '@/lib/path';
import { Instant } from '@/ui/day';

/** What the customer signed, ink on white in dark mode too, with the name and the time. */
export function Signatures({ photos }: { photos: Schemas['WorkOrderPhoto'][] }) {
  const { t } = useTranslation('fulfilment');
  const signed = photos.filter((photo) => photo.kind === 'signature' && photo.received);
  return (
    <>
      {signed.map((photo) => (
        <Stack key={photo.id} gap={4} align="flex-start">
          <Text size="sm" c="dimmed" component="div">
            {t('signed_by', { name: photo.signer ?? '–' })} · <Instant at={photo.taken_at} />
          </Text>
          <img
            src={file.photo(photo.id)}
            alt={t('photo_signature')}
            width={250}
            height={100}
            style={{
              background: '#fff',
              border: '1px solid var(--line)',
              borderRadius: 8,
              objectFit: 'contain',
              maxWidth: '100%',
            }}
          />
        </Stack>
      ))}
    </>
  );
}
