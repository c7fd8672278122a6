// One field for every scan: a wedge scanner or a hand types and presses Enter; a camera reads for it.
import { ActionIcon, Alert, Stack, TextInput } from '@mantine/core';
import { type KeyboardEvent, lazy, Suspense, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Icon } from './icon';

const CameraReader = lazy(() =>
  import('./camera-reader').then((file) => ({ default: file.CameraReader })),
);

type Props = {
  label: string;
  placeholder?: string;
  /** `typed` is false for what the camera or a wedge scanner read. */
  onCode: (text: string, typed: boolean) => void;
  /** The camera closes after one code; else it goes on reading. */
  once?: boolean;
  autoFocus?: boolean;
  error?: string;
};

/** A wedge scanner types a character in a few milliseconds; no hand does for a whole serial. */
const HAND_MS = 50;
const WEDGE_LENGTH = 6;
/** Nobody types our own label's text. */
const OWN_LABEL = /^SMB:SN:/i;

export function Scanner({ label, placeholder, onCode, once = false, autoFocus, error }: Props) {
  const { t } = useTranslation();
  const [text, setText] = useState('');
  const [camera, setCamera] = useState(false);
  const input = useRef<HTMLInputElement>(null);
  const keys = useRef({ first: 0, count: 0 });
  const onKey = (event: KeyboardEvent) => {
    const now = event.timeStamp;
    if (event.key === 'Enter') {
      event.preventDefault();
      const { first, count } = keys.current;
      const fast = count >= WEDGE_LENGTH && (now - first) / count < HAND_MS;
      send(!OWN_LABEL.test(text) && (!fast || count < text.length));
    } else if (event.key.length === 1) {
      keys.current = text === '' ? { first: now, count: 1 } : count(keys.current);
    }
  };
  const send = (typed: boolean) => {
    if (!text.trim()) return;
    keys.current = { first: 0, count: 0 };
    onCode(text.trim(), typed);
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
        onKeyDown={onKey}
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

function count(keys: { first: number; count: number }) {
  return { ...keys, count: keys.count + 1 };
}
