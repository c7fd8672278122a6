// Opens the app without a network: the build's own files lie in a cache of the browser. Data never does;
// what the pages may read offline they keep themselves.

/** Named by the build: every file that the field needs, and a mark that changes with them. */
declare const BUILD: { mark: string; files: string[] };

type Scope = {
  skipWaiting(): Promise<void>;
  clients: { claim(): Promise<void> };
  location: Location;
  addEventListener(type: string, listener: (event: WorkerEvent) => void): void;
};
type WorkerEvent = {
  request: Request;
  waitUntil(work: Promise<unknown>): void;
  respondWith(answer: Promise<Response>): void;
};

const worker = globalThis as unknown as Scope;
const CACHE = `sambung-${BUILD.mark}`;
/** The address alone says which file it is, whatever the request's headers. */
const SAME = { ignoreVary: true };
const PAGE = '/index.html';
/** Addresses of the server itself; as in the server's own list. */
const SERVERS = /^\/(?:api|pay|gateway|sim-gateway)(?:\/|$)/;

async function install() {
  const cache = await caches.open(CACHE);
  await cache.addAll(BUILD.files);
  await worker.skipWaiting();
}

async function activate() {
  const names = await caches.keys();
  const old = names.filter((name) => name.startsWith('sambung-') && name !== CACHE);
  await Promise.all(old.map((name) => caches.delete(name)));
  await worker.clients.claim();
}

/** A page: from the server while there is one, so that a new build is seen at once. */
async function page(request: Request): Promise<Response> {
  try {
    return await fetch(request);
  } catch (error) {
    const kept = await caches.match(PAGE, SAME);
    if (!kept) throw error;
    return kept;
  }
}

/** A file of the build: its name changes with its content. */
async function file(request: Request): Promise<Response> {
  return (await caches.match(request, SAME)) ?? fetch(request);
}

worker.addEventListener('install', (event) => event.waitUntil(install()));
worker.addEventListener('activate', (event) => event.waitUntil(activate()));
worker.addEventListener('fetch', (event) => {
  const url = new URL(event.request.url);
  const isOurs = url.origin === worker.location.origin && !SERVERS.test(url.pathname);
  if (!isOurs || event.request.method !== 'GET') return;
  if (event.request.mode === 'navigate') event.respondWith(page(event.request));
  else event.respondWith(file(event.request));
});

export {};
