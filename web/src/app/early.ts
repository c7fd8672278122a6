// Runs before the app is here: asks the server for what the first page will ask for, so that its answer does not
// wait for the app's code. `api/client` takes the answers; what nobody takes is forgotten.

type Early = Map<string, Promise<Response>>;
type Me = { permissions?: string[]; partner_id?: string | null; own_jobs_only?: boolean };
type Session = { customer_id?: string | null };

const KEPT_MS = 15_000;

const place = globalThis as unknown as { sambungEarly?: Early };
const early: Early = new Map();
place.sambungEarly = early;

const lang = localStorage.getItem('sambung.lang') === 'en' ? 'en' : 'id';

function ask(path: string): Promise<Response> {
  const asked = fetch(path, {
    credentials: 'same-origin',
    headers: { 'Accept-Language': lang },
  });
  early.set(location.origin + path, asked);
  asked.catch(() => undefined);
  return asked;
}

async function read<T>(asked: Promise<Response>): Promise<T | null> {
  const answer = await asked;
  return answer.ok ? ((await answer.clone().json()) as T) : null;
}

async function staff(): Promise<void> {
  const me = await read<Me>(ask('/api/v1/me'));
  if (!me) return;
  const may = (permission: string) => me.permissions?.includes(permission) === true;
  const inField = location.pathname === '/field' || (location.pathname === '/' && me.own_jobs_only);
  if (inField && may('job_read')) {
    ask('/api/v1/jobs');
    if (may('attendance_check')) ask('/api/v1/me/attendance');
  } else if (me.partner_id && /^\/(?:partner)?$/.test(location.pathname)) {
    ask(`/api/v1/partners/${me.partner_id}/home`);
  } else if (location.pathname === '/' && !me.own_jobs_only) {
    ask('/api/v1/dashboard');
  }
}

async function customer(): Promise<void> {
  const session = await read<Session>(ask('/api/v1/portal/session'));
  if (session?.customer_id && location.pathname === '/me') ask('/api/v1/portal/home');
}

const first = location.pathname.split('/')[1] ?? '';
if (first === 'me') {
  if (location.pathname !== '/me/login') void customer().catch(() => undefined);
} else if (!['login', 'daftar'].includes(first)) {
  void staff().catch(() => undefined);
}
setTimeout(() => early.clear(), KEPT_MS);
