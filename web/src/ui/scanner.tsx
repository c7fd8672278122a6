// One field for every scan: a wedge scanner or a hand types and presses Enter; a camera reads for it.
import { ActionIcon, Alert, Stack, TextInput } from '@mantine/core';
import { lazy, Suspense, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Icon } from './icon';

const CameraReader = lazy(() =>
  import('./camera-reader').then((file) => ({ default: file.CameraReader })),
);

type Props = {
  label: string;
  placeholder?: string;
  /** `typed` is false for what the camera read. */
  onCode: (text: string, typed: boolean) => void;
  /** The camera closes after one code; else it goes on reading. */
  once?: boolean;
  autoFocus?: boolean;
  error?: string;
};

export function Scanner({ label, placeholder, onCode, once = false, autoFocus, error }: Props) {
  const { t } = useTranslation();
  const [text, setText] = useState('');
  const [camera, setCamera] = useState(false);
  const input = useRef<HTMLInputElement>(null);
  const send = () => {
    if (!text.trim()) return;
    onCode(text.trim(), true);
    setText('');
    input.current?.focus();
  };
  return (
    <Stack gap={8}>
      <TextInput
        ref={input}
        label={label}
        placeholder={placeholder}
        size="md"
        value={text}
        error={error}
        autoFocus={autoFocus}
        autoComplete="off"
        autoCapitalize="characters"
        spellCheck={false}
        enterKeyHint="done"
        leftSection={<Icon name="scan" size={18} />}
        rightSection={
          <ActionIcon
            variant={camera ? 'filled' : 'subtle'}
            size="lg"
            aria-label={t('scan_camera')}
            aria-pressed={camera}
            onClick={() => setCamera(!camera)}
          >
            <Icon name="camera" />
          </ActionIcon>
        }
        onChange={(event) => setText(event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key !== 'Enter') return;
          event.preventDefault();
          send();
        }}
      />
      {camera && (
        <Suspense fallback={<Alert>{t('scan_starting')}</Alert>}>
          <CameraReader
            onCode={(code) => {
              onCode(code, false);
              if (once) setCamera(false);
            }}
          />
        </Suspense>
      )}
    </Stack>
  );
}
