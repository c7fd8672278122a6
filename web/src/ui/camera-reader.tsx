// Reads codes from the camera with zxing (WebAssembly of our own server, never a CDN).
import { Alert } from '@mantine/core';
import { useEffect, useEffectEvent, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { prepareZXingModule, type ReaderOptions, readBarcodes } from 'zxing-wasm/reader';
import wasm from 'zxing-wasm/reader/zxing_reader.wasm?url';
import { Icon } from './icon';

prepareZXingModule({ overrides: { locateFile: () => wasm } });

// naming the formats makes a frame five times cheaper than trying all
const OPTIONS: ReaderOptions = {
  formats: ['QRCode', 'Code128', 'DataMatrix', 'Code39'],
  tryHarder: true,
  maxNumberOfSymbols: 1,
};
/** The same code is not given again before this. */
const SAME_CODE_MS = 2500;
const FRAME_MS = 120;

export function CameraReader({ onCode }: { onCode: (text: string) => void }) {
  const { t } = useTranslation();
  const video = useRef<HTMLVideoElement>(null);
  const [refused, setRefused] = useState(false);
  const give = useEffectEvent((text: string) => {
    navigator.vibrate?.(60);
    onCode(text);
  });

  useEffect(() => {
    const canvas = document.createElement('canvas');
    let stream: MediaStream | null = null;
    let timer = 0;
    let gone = false;
    let last = { text: '', at: 0 };

    const look = async () => {
      const picture = video.current;
      if (gone || !picture) return;
      const pen = canvas.getContext('2d', { willReadFrequently: true });
      if (pen && picture.videoWidth > 0) {
        canvas.width = picture.videoWidth;
        canvas.height = picture.videoHeight;
        pen.drawImage(picture, 0, 0);
        const frame = pen.getImageData(0, 0, canvas.width, canvas.height);
        const [found] = await readBarcodes(frame, OPTIONS);
        const now = performance.now();
        if (found?.text && !gone && (found.text !== last.text || now - last.at > SAME_CODE_MS)) {
          last = { text: found.text, at: now };
          give(found.text);
        }
      }
      if (!gone) timer = window.setTimeout(() => void look(), FRAME_MS);
    };

    const start = async () => {
      try {
        const wanted = {
          facingMode: 'environment',
          width: { ideal: 1280 },
          height: { ideal: 720 },
        };
        stream = await navigator.mediaDevices.getUserMedia({ video: wanted, audio: false });
        if (gone || !video.current) return stop();
        video.current.srcObject = stream;
        await video.current.play();
        await look();
      } catch {
        if (!gone) setRefused(true);
      }
    };
    const stop = () => stream?.getTracks().forEach((track) => track.stop());

    void start();
    return () => {
      gone = true;
      window.clearTimeout(timer);
      stop();
    };
  }, []);

  if (refused) {
    return (
      <Alert color="amber" icon={<Icon name="camera" />}>
        {t('scan_refused')}
      </Alert>
    );
  }
  return (
    <video
      ref={video}
      muted
      playsInline
      aria-label={t('scan_camera')}
      style={{
        width: '100%',
        maxHeight: 320,
        objectFit: 'cover',
        borderRadius: 8,
        background: '#000',
      }}
    />
  );
}
