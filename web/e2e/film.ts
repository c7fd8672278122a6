// A film for a camera: codes that are held before it, drawn by the test itself.
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { prepareZXingModule, writeBarcode } from 'zxing-wasm/writer';

const WIDTH = 640;
const HEIGHT = 480;
/** Frames a second; the browser plays the film again and again. */
const RATE = 10;
const PAPER = 235;
const INK = 16;

let prepared = false;

/** A code's dark and light squares. */
async function squares(
  text: string,
): Promise<{ width: number; dark: (x: number, y: number) => boolean }> {
  if (!prepared) {
    const file = createRequire(import.meta.url).resolve('zxing-wasm/writer/zxing_writer.wasm');
    prepareZXingModule({ overrides: { wasmBinary: readFileSync(file).buffer as ArrayBuffer } });
    prepared = true;
  }
  const { symbol, error } = await writeBarcode(text, { format: 'QRCode', ecLevel: 'M' });
  if (error || !symbol) throw new Error(`no code of ${text}: ${error}`);
  const { data, width } = symbol;
  return { width, dark: (x, y) => (data[y * width + x] ?? 255) < 128 };
}

/** One grey picture: a label on a table, a little further to the right in each. */
function picture(code: Awaited<ReturnType<typeof squares>> | null, n: number): Buffer {
  const luma = Buffer.alloc(WIDTH * HEIGHT);
  for (let y = 0; y < HEIGHT; y += 1) {
    // No table is evenly lit.
    luma.fill(70 + Math.round((y / HEIGHT) * 50), y * WIDTH, (y + 1) * WIDTH);
  }
  if (!code) return luma;
  const size = 7;
  const edge = 4;
  const side = (code.width + 2 * edge) * size;
  const left = 120 + n * 3;
  const top = Math.round((HEIGHT - side) / 2) + (n % 5);
  for (let y = 0; y < side; y += 1) {
    for (let x = 0; x < side; x += 1) {
      const [column, row] = [Math.floor(x / size) - edge, Math.floor(y / size) - edge];
      const inside = column >= 0 && row >= 0 && column < code.width && row < code.width;
      luma[(top + y) * WIDTH + left + x] = inside && code.dark(column, row) ? INK : PAPER;
    }
  }
  return luma;
}

/** Films a code (first an empty table, as when a phone is lifted) into a Y4M file. */
export async function film(text: string, file: string): Promise<void> {
  const code = await squares(text);
  const parts: Buffer[] = [
    Buffer.from(`YUV4MPEG2 W${WIDTH} H${HEIGHT} F${RATE}:1 Ip A1:1 C420jpeg\n`),
  ];
  const grey = Buffer.alloc((WIDTH * HEIGHT) / 2, 128);
  for (let n = -5; n < 20; n += 1) {
    parts.push(Buffer.from('FRAME\n'), picture(n < 0 ? null : code, Math.max(0, n)), grey);
  }
  writeFileSync(file, Buffer.concat(parts));
}
