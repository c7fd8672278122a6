// The service worker is for the field: there the app must open without a network.

/** It fetches the whole app: the day's first jobs come before it, also on a slow network. */
const REST_MS = 4000;

/** Installs it once the page is at rest; only a built app has one. Returns how to call it off. */
export function installServiceWorker(): () => void {
  if (!import.meta.env.PROD || !('serviceWorker' in navigator)) return () => undefined;
  const timer = setTimeout(() => {
    void navigator.serviceWorker.register('/service-worker.js').catch(() => undefined);
  }, REST_MS);
  return () => clearTimeout(timer);
}
