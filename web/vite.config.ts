import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import react from '@vitejs/plugin-react';
import type { Plugin } from 'vite';
import { defineConfig } from 'vitest/config';

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

/** Not for the field: maps, and the letters of other scripts. */
const LEFT_OUT = /map|^\/?\.vite|cyrillic|greek|vietnamese|latin-ext|service-worker\.js$/;

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
      writeFileSync(worker, `const BUILD = ${JSON.stringify({ mark, files })};\n${text}`);
    },
  };
}

export default defineConfig({
  plugins: [react(), serviceWorker()],
  resolve: { alias: { '@': fileURLToPath(new URL('./src', import.meta.url)) } },
  server: { port: 5173, proxy },
  preview: { proxy },
  build: {
    target: 'es2022',
    sourcemap: false,
    // `bundle.mjs` weighs by it what a first visit loads.
    manifest: true,
    chunkSizeWarningLimit: 1200,
    rollupOptions: {
      input: ['index.html', 'src/pwa/service-worker.ts'],
      output: {
        // The worker's address must not change.
        entryFileNames: (entry) =>
          entry.name === 'service-worker' ? '[name].js' : 'assets/[name]-[hash].js',
      },
    },
  },
  test: { environment: 'happy-dom', include: ['src/**/*.test.{ts,tsx}'] },
});
