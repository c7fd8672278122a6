// The one way to the server: typed by the OpenAPI snapshot, refusals thrown as `Problem`.
import createFetchClient, { type Middleware } from 'openapi-fetch';
import createQueryClient from 'openapi-react-query';
import type { components, paths } from './generated/schema';
import { Problem } from './problem';

export type Schemas = components['schemas'];

let language: () => string = () => 'id';

/** The language in which the server answers; set once by the app. */
export function speak(source: () => string): void {
  language = source;
}

const manners: Middleware = {
  onRequest({ request }) {
    request.headers.set('Accept-Language', language());
    return request;
  },
  async onResponse({ response }) {
    if (!response.ok) throw await Problem.of(response);
  },
  onError({ error }) {
    if (error instanceof DOMException && error.name === 'AbortError') return;
    return Problem.from(error);
  },
};

/** What `app/early` asked for already, once; whoever asks again asks the server. */
function ask(request: Request): Promise<Response> {
  const { sambungEarly } = globalThis as { sambungEarly?: Map<string, Promise<Response>> };
  const asked = request.method === 'GET' ? sambungEarly?.get(request.url) : undefined;
  if (!asked) return globalThis.fetch(request);
  sambungEarly?.delete(request.url);
  return asked;
}

export const client = createFetchClient<paths>({
  fetch: ask,
  baseUrl: globalThis.location?.origin ?? 'http://localhost',
  credentials: 'same-origin',
});
client.use(manners);

export const api = createQueryClient(client);
