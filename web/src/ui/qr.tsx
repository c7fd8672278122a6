import { Skeleton } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';

async function draw(text: string): Promise<string> {
  const [{ writeBarcode, prepareZXingModule }, { default: wasm }] = await Promise.all([
    import('zxing-wasm/writer'),
    import('zxing-wasm/writer/zxing_writer.wasm?url'),
  ]);
  prepareZXingModule({ overrides: { locateFile: () => wasm } });
  const { svg } = await writeBarcode(text, { format: 'QRCode', ecLevel: 'M' });
  return `data:image/svg+xml;utf8,${encodeURIComponent(svg)}`;
}

/** A text as a QR code, drawn in the browser. */
export function Qr({ text, size = 120 }: { text: string; size?: number }) {
  const picture = useQuery({
    queryKey: ['qr', text],
    queryFn: () => draw(text),
    staleTime: Number.POSITIVE_INFINITY,
  });
  if (!picture.data) return <Skeleton width={size} height={size} />;
  return (
    <img
      src={picture.data}
      alt={text}
      width={size}
      height={size}
      style={{ background: '#fff', padding: 8, borderRadius: 8, imageRendering: 'pixelated' }}
    />
  );
}
