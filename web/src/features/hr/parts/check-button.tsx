import { Button, FileButton, Group, Text } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useTranslation } from 'react-i18next';
import { Problem } from '@/api/problem';
import { useMe } from '@/api/session';
import { useCalm } from '@/lib/calm';
import { myPlace } from '@/lib/geo';
import { shrink } from '@/lib/picture';
import { enqueue } from '@/pwa/offline-queue';
import { Icon } from '@/ui/icon';
import { problemText } from '@/ui/states';
import type { Line } from '../presence';

/** Comes or goes: one tap. Where the phone is goes along when it knows; a photo when one was taken. */
export function CheckButton({ now, size = 'lg' }: { now: Line | null; size?: 'md' | 'lg' }) {
  const { t } = useTranslation('hr');
  const me = useMe();
  const { busy, run } = useCalm();
  const kind = now?.kind === 'in' ? 'check_out' : 'check_in';
  const check = async (photo: File | null) => {
    try {
      const data = photo ? await dataUrl(await shrink(photo)) : undefined;
      const here = await myPlace().catch(() => null);
      if (!here) notifications.show({ color: 'amber', message: t('no_place') });
      const place = here && {
        lat: here.lat,
        lon: here.lon,
        accuracy_m: Math.round(here.accuracy_m),
      };
      await enqueue(me.id, { kind, ...place, ...(data ? { data } : {}) }, null);
    } catch (error) {
      const message = photo ? t('photo_unread') : problemText(Problem.from(error));
      notifications.show({ color: 'red', message });
    }
  };
  return (
    <Group gap={8} wrap="nowrap">
      <Button
        size={size}
        variant={kind === 'check_in' ? 'filled' : 'default'}
        loading={busy}
        style={{ flex: 1 }}
        leftSection={<Icon name="badge" size={18} />}
        onClick={() => void run(() => check(null))}
      >
        {t(`do_${kind}`)}
      </Button>
      <FileButton
        accept="image/*"
        capture="user"
        onChange={(file) => file && void run(() => check(file))}
      >
        {(props) => (
          <Button
            {...props}
            size={size}
            variant="default"
            px="md"
            disabled={busy}
            aria-label={t('with_photo', { what: t(`do_${kind}`) })}
          >
            <Icon name="camera" />
          </Button>
        )}
      </FileButton>
    </Group>
  );
}

function dataUrl(bytes: Blob): Promise<string> {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(String(reader.result));
    reader.onerror = () => reject(reader.error ?? new Error('photo'));
    reader.readAsDataURL(bytes);
  });
}

/** `Masuk sejak 07.55`, or that nobody has come yet. */
export function NowLine({ now, children }: { now: Line | null; children?: React.ReactNode }) {
  const { t } = useTranslation('hr');
  const word = now ? (now.kind === 'in' ? t('is_in') : t('is_out')) : t('is_nothing');
  return (
    <Text size="sm" component="div">
      {word} {children}
    </Text>
  );
}
