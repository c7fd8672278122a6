import { fileURLToPath } from 'node:url';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vitest/config';

// In development the API comes from a server started beside this one.
const api = process.env.SAMBUNG_API ?? 'http://127.0.0.1:8080';

// The server refuses what comes from another origin than its own.
const proxied = { target: api, changeOrigin: true, headers: { origin: api } };

export default defineConfig({
  plugins: [react()],
  resolve: { alias: { '@': fileURLToPath(new URL('./src', import.meta.url)) } },
  server: {
    port: 5173, // `/pay` and what is below it, not `/payments`
    proxy: {
      '/api': proxied,
      '^/pay(?:[/?]|$)': proxied,
      '/gateway': proxied,
      '/sim-gateway': proxied,
    },
  },
  build: { target: 'es2022', sourcemap: false, chunkSizeWarningLimit: 1200 },
  test: { environment: 'happy-dom', include: ['src/**/*.test.{ts,tsx}'] },
});
