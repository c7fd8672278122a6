// A place to sign with a finger: strokes, ink on white, given as a PNG.
import { Button, Group, Stack, Text } from '@mantine/core';
import { type PointerEvent, useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';

type Point = { x: number; y: number };

/** Drawn in these units whatever the phone's width: two and a half times as wide as high. */
const WIDTH = 750;
const HEIGHT = 300;
const INK = '#111';
const PEN = 4;
/** A dot or a slip is no signature: this much ink, in the units above. */
const LEAST_INK = 120;

function length(strokes: readonly Point[][]): number {
  let sum = 0;
  for (const stroke of strokes) {
    for (const [n, point] of stroke.entries()) {
      const before = stroke[n - 1];
      if (before) sum += Math.hypot(point.x - before.x, point.y - before.y);
    }
  }
  return sum;
}

function draw(canvas: HTMLCanvasElement, strokes: readonly Point[][]) {
  const pen = canvas.getContext('2d');
  if (!pen) return;
  pen.fillStyle = '#fff';
  pen.fillRect(0, 0, WIDTH, HEIGHT);
  pen.strokeStyle = INK;
  pen.lineWidth = PEN;
  pen.lineCap = 'round';
  pen.lineJoin = 'round';
  for (const [first, ...rest] of strokes) {
    if (!first) continue;
    pen.beginPath();
    pen.moveTo(first.x, first.y);
    for (const point of rest) pen.lineTo(point.x, point.y);
    pen.stroke();
  }
}

type Props = {
  label: string;
  /** Gives the signature, or nothing while there is none. */
  onChange: (signature: (() => Promise<Blob>) | null) => void;
};

export function SignaturePad({ label, onChange }: Props) {
  const { t } = useTranslation();
  const canvas = useRef<HTMLCanvasElement>(null);
  const strokes = useRef<Point[][]>([]);
  const [signed, setSigned] = useState(false);

  useEffect(() => {
    if (canvas.current) draw(canvas.current, strokes.current);
  }, []);

  const at = (event: PointerEvent<HTMLCanvasElement>): Point => {
    const box = event.currentTarget.getBoundingClientRect();
    return {
      x: ((event.clientX - box.left) / box.width) * WIDTH,
      y: ((event.clientY - box.top) / box.height) * HEIGHT,
    };
  };
  const give = () => {
    const paper = canvas.current;
    const enough = length(strokes.current) >= LEAST_INK;
    setSigned(enough);
    if (!paper || !enough) return onChange(null);
    onChange(
      () =>
        new Promise((resolve, reject) =>
          paper.toBlob((png) => (png ? resolve(png) : reject(new Error('canvas'))), 'image/png'),
        ),
    );
  };
  const begin = (event: PointerEvent<HTMLCanvasElement>) => {
    if (event.button !== 0) return;
    event.currentTarget.setPointerCapture(event.pointerId);
    strokes.current = [...strokes.current, [at(event)]];
  };
  const go = (event: PointerEvent<HTMLCanvasElement>) => {
    if (!event.currentTarget.hasPointerCapture(event.pointerId)) return;
    strokes.current.at(-1)?.push(at(event));
    draw(event.currentTarget, strokes.current);
  };
  const clear = () => {
    strokes.current = [];
    if (canvas.current) draw(canvas.current, []);
    give();
  };
  return (
    <Stack gap={8}>
      <canvas
        ref={canvas}
        width={WIDTH}
        height={HEIGHT}
        role="img"
        aria-label={label}
        onPointerDown={begin}
        onPointerMove={go}
        onPointerUp={give}
        onPointerCancel={give}
        style={{
          width: '100%',
          aspectRatio: `${WIDTH} / ${HEIGHT}`,
          touchAction: 'none',
          background: '#fff',
          border: '1px solid var(--line)',
          borderRadius: 8,
        }}
      />
      <Group justify="space-between" gap={8}>
        <Text size="sm" c="dimmed">
          {t('sign_here')}
        </Text>
        <Button variant="default" size="sm" disabled={!signed} onClick={clear}>
          {t('sign_again')}
        </Button>
      </Group>
    </Stack>
  );
}
