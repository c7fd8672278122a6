// What a technician does goes into a queue on the phone first, then to the server, in order. A queue
// belongs to one person and is never sent under another's login. Photos travel after the steps.
import { useSyncExternalStore } from 'react';
import { client, type Schemas } from '@/api/client';
import { Problem } from '@/api/problem';
import { dropCopies, KEPT_MS } from './device-copy';
import { photoId, sendPhotos, type WaitingPhoto } from './photos';
import { all, get, put, remove } from './store';

type FieldOp = Schemas['FieldOp'];
export type FieldBody = FieldOp['body'];

export type QueuedOp = FieldOp & {
  user: string;
  /** Set when the server refused it: it stays until the person has read why. */
  refusal: string | null;
};

/** A step that the server has, and when this phone knew: what it read before that does not show the step. */
export type SentOp = QueuedOp & { settled_at: string };

const VERSION = 1;
const RETRY_MS = 20_000;
/** Far below what the server takes, so that a slow connection gets a batch through. */
const BATCH_BYTES = 4_000_000;
const BATCH_STEPS = 100;

type Queue = {
  /** False until it was read from the device: before that nobody can say that nothing waits. */
  known: boolean;
  ops: QueuedOp[];
  sent: SentOp[];
  photos: WaitingPhoto[];
  sending: boolean;
  /** Why the last attempt got nothing through, when it was not the network. */
  trouble: Problem | null;
};

const NOTHING = { ops: [], sent: [], photos: [] };
let queue: Queue = { ...NOTHING, known: false, sending: false, trouble: null };
let owner: string | null = null;
let timer = 0;
const listeners = new Set<() => void>();

/** What arrived changes the job: the page asks for it anew. */
let onSettled: () => Promise<unknown> = () => Promise.resolve();

function change(to: Partial<Queue>) {
  queue = { ...queue, ...to };
  for (const listener of listeners) listener();
}

async function reload() {
  const ops = await all<QueuedOp>('ops');
  const photos = await all<WaitingPhoto>('photos');
  const sent = await keptSent();
  if (owner === null) return;
  change({
    known: true,
    ops: ops.filter((op) => op.user === owner).sort((a, b) => a.seq - b.seq),
    photos: photos.filter((photo) => photo.user === owner),
    sent: sent.filter((op) => op.user === owner),
  });
}

/** Beside the copies on the device, for as long as they count. */
const SENT = 'sent';

async function keptSent(): Promise<SentOp[]> {
  const kept = (await get<SentOp[]>('kept', SENT).catch(() => undefined)) ?? [];
  const oldest = Date.now() - KEPT_MS;
  return kept.filter((op) => Date.parse(op.settled_at) > oldest);
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
  // A device that keeps nothing has nothing that waits; a step there says why it can't be kept.
  void reload()
    .catch(() => change({ known: true }))
    .then(wake);
  return () => {
    owner = null;
    change({ ...NOTHING, known: false });
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
  const before = queue.ops.filter((one) => one.subject === subject && one.refusal === null).at(-1);
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
  await put('ops', op);
  await reload();
  void flush();
}

/** Keeps a photo's bytes on the device and its step in the queue. */
export async function enqueuePhoto(
  photo: Omit<WaitingPhoto, 'id' | 'user' | 'refusal'>,
  basedOn: string | null,
  more: { signer?: string } = {},
): Promise<void> {
  if (owner === null) throw new Problem(401, 'unauthenticated', '');
  const { subject, what, visit, sha256, bytes } = photo;
  const body = { kind: 'photo', what, visit, sha256, mime: bytes.type, ...more };
  const id = photoId({ subject, body });
  await put('photos', { ...photo, id, user: owner, refusal: null });
  await enqueue(subject, body, basedOn);
}

/** Does a refused step anew, as it was. */
export async function retry(op: QueuedOp): Promise<void> {
  await enqueue(op.subject, op.body, null);
  await remove('ops', op.op_id);
  await reload();
}

/** Goes on without a refused step. */
export async function skip(op: QueuedOp): Promise<void> {
  await enqueue(op.subject, { kind: 'skip' }, null);
  await dismiss(op);
}

/** The person has read why a step was refused; its photo goes with it. */
export async function dismiss(op: QueuedOp): Promise<void> {
  await remove('ops', op.op_id);
  const photo = photoId(op);
  if (photo) await remove('photos', photo);
  await reload();
}

/** Gives up all that waits for a job which is not this person's any more. */
export async function dropSubject(subject: string): Promise<void> {
  for (const op of queue.ops) if (op.subject === subject) await remove('ops', op.op_id);
  for (const photo of queue.photos) {
    if (photo.subject === subject) await remove('photos', photo.id);
  }
  await reload();
}

/** The person gives up a photo that the server does not take. */
export async function dropPhoto(photo: WaitingPhoto): Promise<void> {
  await remove('photos', photo.id);
  await reload();
}

/** Sends what waits, batch by batch; what `tried` names was sent just now and waits for the next round. */
export async function flush(tried: ReadonlySet<string> = new Set()): Promise<void> {
  if (queue.sending || !navigator.onLine || owner === null) return;
  const batch = firstOf(queue.ops.filter((op) => op.refusal === null && !tried.has(op.op_id)));
  if (batch.length === 0 && queue.photos.length === 0) return;
  change({ sending: true });
  let trouble: Problem | null = null;
  try {
    if (batch.length > 0) {
      const ops = batch.map(({ user, refusal, ...op }) => op);
      const { data } = await client.POST('/api/v1/field/ops', { body: { ops } });
      await settle(batch, data?.results ?? []);
      // The page reads the job anew before the steps go from the queue: nothing jumps back meanwhile.
      await onSettled().catch(() => undefined);
      await reload();
    } else {
      await sendPhotos(queue.photos, queue.ops);
    }
  } catch (error) {
    // The queue stays as it is and is sent again.
    trouble = Problem.from(error);
    if (trouble.status === 401) await dropCopies();
  } finally {
    await reload().catch(() => undefined);
    change({ sending: false, trouble: trouble?.passes === false ? trouble : null });
  }
  if (trouble === null && batch.length > 0) {
    void flush(new Set([...tried, ...batch.map((op) => op.op_id)]));
  }
}

/** As many steps as one request takes: photos inside them are large. At least one. */
function firstOf(waiting: QueuedOp[]): QueuedOp[] {
  let size = 0;
  const end = waiting.findIndex((op) => {
    size += JSON.stringify(op.body).length;
    return size > BATCH_BYTES;
  });
  return end === -1 ? waiting.slice(0, BATCH_STEPS) : waiting.slice(0, Math.max(1, end));
}

async function settle(sent: QueuedOp[], results: Schemas['FieldResult'][]): Promise<void> {
  const done = results.filter(({ result }) => result === 'applied' || result === 'repeated');
  const settled_at = new Date().toISOString();
  const arrived = sent.filter((op) => done.some((one) => one.op_id === op.op_id));
  // Known as sent before it leaves the queue: no page shows the job without the step in between.
  const before = await keptSent();
  await put('kept', [...before, ...arrived.map((op) => ({ ...op, settled_at }))], SENT);
  for (const op of arrived) await remove('ops', op.op_id);
  for (const result of results) {
    const op = sent.find((one) => one.op_id === result.op_id);
    if (!op) continue;
    if (result.result === 'refused') {
      await put('ops', { ...op, refusal: result.detail ?? result.code ?? 'refused' });
    }
  }
}

/**
 * The steps that what was read at `at` does not show yet, in their order: those that wait here, and those that
 * the server has had since. A list that could not be read anew puts no step back.
 */
export function stepsSince(held: Pick<Queue, 'ops' | 'sent'>, at: string | undefined): QueuedOp[] {
  const unseen = held.sent.filter(
    (op) =>
      at !== undefined && op.settled_at >= at && held.ops.every((one) => one.op_id !== op.op_id),
  );
  return [...unseen, ...held.ops].sort((a, b) => a.seq - b.seq);
}

/** What was done beyond a copy of the server's answer; undefined until the queue was read from the device. */
export function useSteps(copy: { at: string } | undefined): QueuedOp[] | undefined {
  const held = useQueue();
  return held.known ? stepsSince(held, copy?.at) : undefined;
}

/** The queue of the person logged in; a component renders anew when it changes. */
export function useQueue(): Queue {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => queue,
  );
}
