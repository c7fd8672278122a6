// The service worker is for the field: there the app must open without a network.

/** Installs it once the page is at rest; only a built app has one. */
export function installServiceWorker(): void {
  if (!import.meta.env.PROD || !('serviceWorker' in navigator)) return;
  void navigator.serviceWorker.register('/service-worker.js').catch(() => undefined);
}
