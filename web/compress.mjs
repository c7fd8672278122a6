// Packs the built files ahead, as well as it goes: the server hands them out as they are. Beside each text file
// `.br` and `.gz`; a file that hardly shrinks has neither.
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';

const DIST = fileURLToPath(new URL('./dist/', import.meta.url));
const TEXT = /\.(?:js|mjs|css|html|svg|json|geojson|webmanifest|wasm)$/;
const LEAST = 512;
/** The last bit of packing takes long on large files, and few load them; the app itself is smaller. */
const LARGE = 600_000;

const files = readdirSync(DIST, { recursive: true })
  .map((name) => join(DIST, name))
  .filter((name) => TEXT.test(name) && !name.includes('/.vite/') && statSync(name).size > LEAST);
await Promise.all(
  files.map(async (name) => {
    const bytes = readFileSync(name);
    const quality = bytes.length > LARGE ? 9 : 11;
    const params = {
      [constants.BROTLI_PARAM_QUALITY]: quality,
      [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length,
    };
    const packed = {
      br: await promisify(brotliCompress)(bytes, { params }),
      gz: await promisify(gzip)(bytes, { level: 9 }),
    };
    for (const [how, made] of Object.entries(packed)) {
      if (made.length < bytes.length * 0.9) writeFileSync(`${name}.${how}`, made);
    }
  }),
);
