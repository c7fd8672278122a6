// The faces of the app: what a first visit to each of their addresses runs, and how much that may weigh.
// The build puts what they share into one file and what a face runs alone into another, and names them in the
// face's own page, so that they are asked for at once and not one after the other: two hundred little files cost
// a phone seconds of waiting. `crates/server/src/http/assets.rs` knows which address gets which page.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import react from '@vitejs/plugin-react';
import { build } from 'vite';

const ROOT = fileURLToPath(new URL('.', import.meta.url));
const KB = 1000;

/**
 * `page`: the file with the face's page. `modules`: what its first visit runs, beside the app itself. `words`: the
 * rooms whose words it speaks. `budget`: bytes of script, gzipped; more fails the build.
 */
export const FACES = [
  {
    name: 'console',
    page: 'home.html',
    modules: ['src/app/shells/office.tsx', 'src/app/pages/home.tsx'],
    words: ['cash', 'figures'],
    budget: 300 * KB,
  },
  {
    name: 'field',
    page: 'field.html',
    modules: [
      'src/app/shells/field.tsx',
      'src/app/shells/field-work.tsx',
      'src/features/fulfilment/pages/jobs.tsx',
      'src/features/hr/parts/strip.tsx',
    ],
    words: ['fulfilment', 'hr', 'cash'],
    budget: 250 * KB,
  },
  {
    name: 'partner',
    page: 'partner.html',
    modules: ['src/app/shells/partner.tsx', 'src/features/partner/pages/home.tsx'],
    words: ['partner', 'ticket'],
    budget: 250 * KB,
  },
  {
    name: 'me',
    page: 'me.html',
    modules: ['src/features/portal/shell.tsx', 'src/features/portal/pages/home.tsx'],
    words: ['portal'],
    budget: 250 * KB,
  },
  {
    name: 'door',
    page: 'door.html',
    modules: ['src/features/portal/pages/login.tsx'],
    words: ['portal'],
    budget: 250 * KB,
  },
];

/** What opens over every page when it is reached for: one file each, and not a part of a first visit. */
const OVER = {
  menu: ['src/app/shells/person-menu.tsx'],
  windows: ['src/ui/windows-shown.tsx'],
};

/**
 * Where each module goes: builds the app once as the bundler would by itself, and reads off which faces run it.
 * Returns the answer for the build that counts.
 */
export async function chunkOf(settings) {
  const made = await build({
    root: ROOT,
    configFile: false,
    logLevel: 'silent',
    plugins: [react()],
    ...settings,
    build: {
      write: false,
      minify: false,
      cssMinify: false,
      rollupOptions: { input: ['index.html'] },
    },
  });
  const chunks = made.output.filter((one) => one.type === 'chunk');
  const byFile = new Map(chunks.map((chunk) => [chunk.fileName, chunk]));
  const byModule = new Map(
    chunks.flatMap((chunk) => Object.keys(chunk.modules).map((id) => [id, chunk])),
  );
  const runs = new Map();
  const walk = (chunk, face) => {
    const known = runs.get(chunk) ?? new Set();
    if (known.has(face)) return;
    runs.set(chunk, known.add(face));
    for (const imported of chunk.imports) walk(byFile.get(imported), face);
  };
  const begin = (module, face) => {
    const chunk = byModule.get(join(ROOT, module));
    if (!chunk)
      throw new Error(`${module} is not in the app: is the face's first page still there?`);
    walk(chunk, face);
  };
  begin('src/app/main.tsx', 'app');
  for (const face of FACES) for (const module of face.modules) begin(module, face.name);
  for (const [name, modules] of Object.entries(OVER)) {
    for (const module of modules) begin(module, name);
  }
  /** Whether something outside of a face imports this too. */
  const isShared = (chunk, face) =>
    chunks.some((one) => one.imports.includes(chunk.fileName) && !runs.get(one)?.has(face));
  return (id) => {
    const chunk = byModule.get(id);
    const names = [...(runs.get(chunk) ?? [])];
    const [face, ...others] = names.filter((name) => !(name in OVER));
    if (!face) return names[0] ?? null;
    // a group takes what it imports along: what a first visit runs must not lie in what comes later
    return face !== 'app' && others.length === 0 && names.length === 1 && !isShared(chunk, face)
      ? face
      : 'app';
  };
}

/** The files of a chunk and of all that it imports at once. */
function filesOf(manifest, key, found) {
  const chunk = manifest[key];
  if (!chunk) throw new Error(`${key} is not in the build`);
  if (found.has(chunk.file)) return found;
  found.add(chunk.file);
  for (const style of chunk.css ?? []) found.add(style);
  for (const imported of chunk.imports ?? []) filesOf(manifest, imported, found);
  return found;
}

/** The file with a room's words. One that something else needs at once is named after the room alone. */
function wordsOf(manifest, room) {
  const own = `src/locales/id/${room}.ts`;
  const shared = ([, chunk]) => chunk.name === room && !chunk.src;
  return own in manifest ? own : Object.entries(manifest).find(shared)?.[0];
}

export function readManifest(dist) {
  return JSON.parse(readFileSync(join(dist, '.vite/manifest.json'), 'utf8'));
}

/** What a first visit to a face loads, by their names in the build: the app, the face's own file, what lies apart. */
export function filesOfFace(manifest, face) {
  const own = Object.keys(manifest).filter(
    (key) => manifest[key].name === face.name || face.modules.includes(key),
  );
  if (own.length === 0) throw new Error(`nothing of ${face.name} is in the build`);
  const words = face.words.map((room) => wordsOf(manifest, room));
  const found = filesOf(manifest, 'index.html', new Set());
  for (const key of [...own, ...words]) filesOf(manifest, key, found);
  return found;
}

/** Writes each face's page: the app's own with the face's files named in its head. */
export function writePages(dist) {
  const manifest = readManifest(dist);
  const early = `<script type="module" async crossorigin src="/${manifest['src/app/early.ts'].file}"></script>`;
  const plain = readFileSync(join(dist, 'index.html'), 'utf8');
  const page = plain.replace('<script', `${early}\n    <script`);
  writeFileSync(join(dist, 'index.html'), page);
  for (const face of FACES) {
    const files = [...filesOfFace(manifest, face)].filter((file) => !page.includes(`/${file}"`));
    const links = files.map((file) =>
      file.endsWith('.css')
        ? `<link rel="stylesheet" crossorigin href="/${file}">`
        : `<link rel="modulepreload" crossorigin href="/${file}">`,
    );
    writeFileSync(
      join(dist, face.page),
      page.replace('</head>', `  ${links.join('\n    ')}\n  </head>`),
    );
  }
}
