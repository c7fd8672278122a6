// What a technician does goes into a queue on the phone first, then to the server, in order. A queue
// belongs to one person and is never sent under another's login.
import { useSyncExternalStore } from 'react';
import { client, type Schemas } from '@/api/client';
import { Problem } from '@/api/problem';
import { all, put, remove } from './store';

type FieldOp = Schemas['FieldOp'];
export type FieldBody = FieldOp['body'];

export type QueuedOp = FieldOp & {
  user: string;
  /** Set when the server refused it: it stays until the person has read why. */
  refusal: string | null;
};

const VERSION = 1;
const RETRY_MS = 20_000;
/** Far below what the server takes, so that a slow connection gets a batch through. */
const BATCH_BYTES = 4_000_000;
const BATCH_STEPS = 100;

let shown: QueuedOp[] = [];
let sending = false;
let owner: string | null = null;
let timer = 0;
const listeners = new Set<() => void>();

/** What arrived changes the job: the page asks for it anew. */
let onSettled: () => Promise<unknown> = () => Promise.resolve();

function tell() {
  for (const listener of listeners) listener();
}

async function reload() {
  const stored = owner === null ? [] : await all<QueuedOp>();
  shown = stored.filter((op) => op.user === owner).sort((a, b) => a.seq - b.seq);
  tell();
}

/** This device's name in the protocol; made once. */
function device(): string {
  const known = localStorage.getItem('sambung.device');
  if (known) return known;
  const made = crypto.randomUUID();
  localStorage.setItem('sambung.device', made);
  return made;
}

function nextSeq(): number {
  const seq = Number(localStorage.getItem('sambung.seq') ?? '0') + 1;
  localStorage.setItem('sambung.seq', String(seq));
  return seq;
}

/** Takes up a person's queue: shows it, sends what waits, and goes on when the network is back. */
export function ownQueue(user: string, settled: () => Promise<unknown>): () => void {
  owner = user;
  onSettled = settled;
  const wake = () => void flush();
  window.addEventListener('online', wake);
  timer = window.setInterval(wake, RETRY_MS);
  void reload().then(wake);
  return () => {
    window.removeEventListener('online', wake);
    window.clearInterval(timer);
  };
}

/**
 * Keeps one step on the device, then tries to send it. Resolves as soon as it is kept. A step names the
 * one before it on the same job while that one still waits here; else the version of the job it saw.
 */
export async function enqueue(
  subject: string,
  body: FieldBody,
  basedOn: string | null,
): Promise<void> {
  if (owner === null) throw new Problem(401, 'unauthenticated', '');
  const before = shown.filter((one) => one.subject === subject && one.refusal === null).at(-1);
  const op: QueuedOp = {
    op_id: crypto.randomUUID(),
    v: VERSION,
    device: device(),
    seq: nextSeq(),
    occurred_at: new Date().toISOString(),
    subject,
    based_on: before?.op_id ?? basedOn,
    body,
    user: owner,
    refusal: null,
  };
  await put(op);
  await reload();
  void flush();
}

/** The person has read why a step was refused. */
export async function dismiss(opId: string): Promise<void> {
  await remove(opId);
  await reload();
}

/** Sends what waits, batch by batch; what `tried` names was sent just now and waits for the next round. */
async function flush(tried: ReadonlySet<string> = new Set()): Promise<void> {
  if (sending || !navigator.onLine) return;
  const batch = firstOf(shown.filter((op) => op.refusal === null && !tried.has(op.op_id)));
  if (batch.length === 0) return;
  sending = true;
  tell();
  let arrived = false;
  try {
    const ops = batch.map(({ user, refusal, ...op }) => op);
    const { data } = await client.POST('/api/v1/field/ops', { body: { ops } });
    await settle(batch, data?.results ?? []);
    arrived = true;
    // The page reads the job anew before the steps go from the queue: nothing jumps back meanwhile.
    await onSettled().catch(() => undefined);
  } catch {
    // lost connection, 401 or 5xx: the queue stays as it is and is sent again
  } finally {
    sending = false;
    await reload();
  }
  if (arrived) void flush(new Set([...tried, ...batch.map((op) => op.op_id)]));
}

/** As many steps as one request takes: photos are large. At least one. */
function firstOf(waiting: QueuedOp[]): QueuedOp[] {
  let size = 0;
  const end = waiting.findIndex((op) => {
    size += JSON.stringify(op.body).length;
    return size > BATCH_BYTES;
  });
  return end === -1 ? waiting.slice(0, BATCH_STEPS) : waiting.slice(0, Math.max(1, end));
}

async function settle(sent: QueuedOp[], results: Schemas['FieldResult'][]): Promise<void> {
  for (const result of results) {
    const op = sent.find((one) => one.op_id === result.op_id);
    if (!op) continue;
    if (result.result === 'applied' || result.result === 'repeated') await remove(op.op_id);
    if (result.result === 'refused') {
      await put({ ...op, refusal: result.detail ?? result.code ?? 'refused' });
    }
  }
}

let snapshot = { ops: shown, sending };

function read() {
  if (snapshot.ops !== shown || snapshot.sending !== sending) snapshot = { ops: shown, sending };
  return snapshot;
}

/** The queue of the person logged in; a component renders anew when it changes. */
export function useQueue(): { ops: QueuedOp[]; sending: boolean } {
  return useSyncExternalStore((listener) => {
    listeners.add(listener);
    return () => listeners.delete(listener);
  }, read);
}
