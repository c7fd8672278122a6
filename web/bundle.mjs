// What a first visit loads as script, per face of the app, gzipped; more than its budget fails the build.
import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';

const DIST = new URL('./dist/', import.meta.url);
const KB = 1000;

/** The first page of each face, by its module, and its budget in bytes. */
const FACES = {
  me: [250 * KB, ['src/features/portal/shell.tsx', 'src/features/portal/pages/home.tsx']],
  'me/login': [250 * KB, ['src/features/portal/pages/login.tsx']],
  field: [
    250 * KB,
    [
      'src/app/shells/field.tsx',
      'src/app/shells/field-work.tsx',
      'src/features/fulfilment/pages/jobs.tsx',
    ],
  ],
  partner: [250 * KB, ['src/app/shells/partner.tsx', 'src/features/partner/pages/home.tsx']],
  console: [300 * KB, ['src/app/shells/office.tsx', 'src/app/pages/home.tsx']],
};

const manifest = JSON.parse(readFileSync(new URL('.vite/manifest.json', DIST), 'utf8'));

/** The files of a chunk and of everything it imports at once. */
function files(key, found) {
  const chunk = manifest[key];
  if (!chunk) throw new Error(`${key} is not in the build: is the face's first page still there?`);
  if (found.has(chunk.file)) return;
  found.add(chunk.file);
  for (const imported of chunk.imports ?? []) files(imported, found);
}

let over = false;
for (const [face, [budget, pages]] of Object.entries(FACES)) {
  const found = new Set();
  for (const key of ['index.html', ...pages]) files(key, found);
  const scripts = [...found].filter((file) => file.endsWith('.js'));
  const sizes = scripts.map((file) => gzipSync(readFileSync(new URL(file, DIST))).length);
  const bytes = sizes.reduce((sum, size) => sum + size, 0);
  const fits = bytes <= budget;
  over ||= !fits;
  const words = `${(bytes / KB).toFixed(1)} kB of ${budget / KB} kB`;
  console.log(`${fits ? 'ok  ' : 'OVER'} /${face}: ${words} in ${scripts.length} files`);
}
if (over) process.exit(1);
