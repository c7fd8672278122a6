import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import react from '@vitejs/plugin-react';
import type { Plugin } from 'vite';
import { defineConfig } from 'vitest/config';
import { chunkOf, writePages } from './faces.mjs';

// In development the API comes from a server started beside this one.
const api = process.env.SAMBUNG_API ?? 'http://127.0.0.1:8080';
// The server compares the page's origin with the host it was asked for.
const passed = { target: api, changeOrigin: false };
// `/pay` and what is below it, not `/payments`.
const proxy = {
  '/api': passed,
  '^/pay(?:[/?]|$)': passed,
  '/gateway': passed,
  '/sim-gateway': passed,
};

/** Not for the field: maps, drawing codes, and the letters of other scripts. */
const LEFT_OUT =
  /map|zxing_writer|^\/?\.vite|cyrillic|greek|vietnamese|latin-ext|service-worker\.js$/;

/** Each component of Mantine brings its style along, so that a page loads those of what it shows. */
function mantineStyles(): Plugin {
  return {
    name: 'mantine-styles',
    apply: 'build',
    transform(code, id) {
      const component = /@mantine\/core\/.*\/(\w+)\.module\.mjs$/.exec(id)?.[1];
      if (!component) return;
      return { code: `import '@mantine/core/styles/${component}.css';\n${code}`, map: null };
    },
  };
}

/** Tells the service worker the build's files, once they are written. */
function serviceWorker(): Plugin {
  let folder = '';
  return {
    name: 'service-worker',
    apply: 'build',
    configResolved(config) {
      folder = join(config.root, config.build.outDir);
    },
    closeBundle() {
      const files = readdirSync(folder, { recursive: true, withFileTypes: true })
        .filter((file) => file.isFile())
        .map((file) => join(file.parentPath, file.name).slice(folder.length))
        .filter((file) => !LEFT_OUT.test(file))
        .sort();
      const hash = createHash('sha256').update(readFileSync(join(folder, 'index.html')));
      const mark = hash.update(files.join()).digest('hex').slice(0, 16);
      const worker = join(folder, 'service-worker.js');
      const text = readFileSync(worker, 'utf8');
      writePages(folder);
      writeFileSync(worker, `const BUILD = ${JSON.stringify({ mark, files })};\n${text}`);
    },
  };
}

const src = fileURLToPath(new URL('./src', import.meta.url));
const resolve = {
  alias: [
    { find: /^@\//, replacement: `${src}/` },
    { find: /^react$/, replacement: `${src}/app/react.mjs` },
    { find: /^react-dom$/, replacement: 'preact/compat' },
    { find: /^react-dom\/client$/, replacement: 'preact/compat/client' },
    { find: /^react\/jsx-(?:dev-)?runtime$/, replacement: 'preact/jsx-runtime' },
    // made for a React that lacks the hook
    { find: /^use-sync-external-store\/shim$/, replacement: 'preact/compat' },
  ],
};

export default defineConfig(async ({ command }) => ({
  plugins: [react(), mantineStyles(), serviceWorker()],
  resolve,
  server: { port: 5173, proxy },
  preview: { proxy },
  build: {
    target: 'es2022',
    sourcemap: false,
    // `faces.mjs` reads by it what a first visit loads.
    manifest: true,
    chunkSizeWarningLimit: 1200,
    rollupOptions: {
      input: ['index.html', 'src/app/early.ts', 'src/pwa/service-worker.ts'],
      output: {
        // The worker's address must not change.
        entryFileNames: (entry: { name: string }) =>
          entry.name === 'service-worker' ? '[name].js' : 'assets/[name]-[hash].js',
        codeSplitting:
          command === 'build'
            ? { groups: [{ debugName: 'faces', name: await chunkOf({ resolve }) }] }
            : undefined,
      },
    },
  },
  test: { environment: 'happy-dom', include: ['src/**/*.test.{ts,tsx}'] },
}));
