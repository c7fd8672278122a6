// What a first visit loads as script, per face of the app, gzipped; more than its budget fails the build.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { FACES, filesOfFace, readManifest } from './faces.mjs';

const DIST = fileURLToPath(new URL('./dist/', import.meta.url));
const KB = 1000;

const manifest = readManifest(DIST);
let over = false;
for (const face of FACES) {
  const scripts = [...filesOfFace(manifest, face)].filter((file) => file.endsWith('.js'));
  const sizes = scripts.map((file) => gzipSync(readFileSync(join(DIST, file))).length);
  const bytes = sizes.reduce((sum, size) => sum + size, 0);
  const fits = bytes <= face.budget;
  over ||= !fits;
  const words = `${(bytes / KB).toFixed(1)} kB of ${face.budget / KB} kB`;
  console.log(`${fits ? 'ok  ' : 'OVER'} ${face.name}: ${words} in ${scripts.length} files`);
}
if (over) process.exit(1);
