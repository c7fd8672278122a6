// Which step of a job comes next: from the server's state and the steps still waiting on the phone.
import type { Schemas } from '@/api/client';
import type { Scanned } from '@/lib/scan';
import type { QueuedOp } from '@/pwa/offline-queue';

export type Job = Schemas['WorkOrder'];

export type JobNow = {
  state: string;
  /** The device as it was scanned, here or on the server. */
  device: string | null;
  hasDevice: boolean;
  isTyped: boolean;
  hasPhoto: boolean;
  hasLabel: boolean;
  hasGps: boolean;
  hasSignature: boolean;
  /** The last reading of optical power. */
  dbm: number | null;
};

const AFTER: Record<string, string> = {
  accept: 'accepted',
  on_the_way: 'on_the_way',
  on_site: 'on_site',
  done: 'done',
  fail: 'failed',
};

const isScan = (op: QueuedOp) => op.body.kind === 'scan' || op.body.kind === 'own_device';

/** The job as the technician left it: what waits on the phone counts as done here. */
export function jobNow(job: Job, queue: readonly QueuedOp[]): JobNow {
  const own = queue.filter((op) => op.subject === job.id && op.refusal == null);
  // Behind a refused step the job is not closed yet: what was refused is to be done anew here.
  const refused = queue.filter((op) => op.subject === job.id && op.refusal != null);
  const held = (op: QueuedOp) => op.body.kind === 'done' && refused.some((one) => one.seq < op.seq);
  const state = own.reduce(
    (now, op) => (held(op) ? now : (AFTER[String(op.body.kind)] ?? now)),
    job.state,
  );
  const scan = own.filter(isScan).at(-1)?.body;
  const here = job.photos.filter((photo) => photo.visit === job.visit).map((photo) => photo.kind);
  const photos = own.filter((op) => op.body.kind === 'photo').map((op) => String(op.body.what));
  const shown = new Set([...here, ...photos]);
  return {
    state,
    device: text(scan?.serial) ?? text(scan?.mac) ?? job.item?.serial ?? job.item?.mac ?? null,
    hasDevice: job.item != null || scan !== undefined,
    isTyped: scan ? scan.how === 'typed' : job.item?.how === 'typed',
    hasPhoto: shown.has('installation') || shown.has('other'),
    hasLabel: shown.has('label'),
    hasGps: job.gps != null || own.some((op) => op.body.kind === 'gps'),
    hasSignature: shown.has('signature'),
    dbm: number(own.filter((op) => op.body.kind === 'signal').at(-1)?.body.dbm ?? job.signal?.dbm),
  };
}

function number(value: unknown): number | null {
  return typeof value === 'number' ? value : null;
}

function text(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}

/** Kinds of job that must put a device at the site. */
export function needsDevice(job: Pick<Job, 'kind'>): boolean {
  return job.kind === 'install' || job.kind === 'swap';
}

/** A repair may change the device, a dismantling takes one along; a move keeps it. */
export function mayScan(job: Pick<Job, 'kind'>): boolean {
  return job.kind !== 'move';
}

export type Missing = 'device' | 'photo' | 'label_photo';

/** What a job still needs before it can be closed as done; GPS may be missing (then NOC looks). */
export function missing(job: Job, now: JobNow): Missing[] {
  const needs: Missing[] = [];
  if (needsDevice(job)) {
    if (!now.hasDevice) needs.push('device');
    if (!now.hasPhoto) needs.push('photo');
  }
  if (now.isTyped && !now.hasLabel && job.kind !== 'dismantle') needs.push('label_photo');
  return needs;
}

export type Doubt = 'not_in_bag' | 'offered' | 'other_job';

type BagItem = Pick<Schemas['JobBagItem'], 'serial' | 'mac' | 'offered'>;

/**
 * What speaks against a device that was just scanned, as far as the phone knows: it is not in the bag,
 * not accepted yet, or waits here for another job. The server decides.
 */
export function doubt(
  job: Pick<Job, 'id' | 'kind'>,
  code: Scanned,
  bag: readonly BagItem[],
  queue: readonly QueuedOp[],
): Doubt | null {
  if (job.kind === 'dismantle') return null;
  const item = bag.find((one) => same(code.kind === 'mac' ? one.mac : one.serial, code.value));
  const elsewhere = queue.some(
    (op) =>
      op.subject !== job.id &&
      op.refusal == null &&
      op.body.kind === 'scan' &&
      (same(text(op.body.serial), item?.serial ?? code.value) ||
        same(text(op.body.mac), item?.mac ?? code.value)),
  );
  if (elsewhere) return 'other_job';
  if (!item) return 'not_in_bag';
  return item.offered ? 'offered' : null;
}

function same(one: string | null | undefined, other: string): boolean {
  return one != null && one.toUpperCase() === other.toUpperCase();
}

/** What the bag still holds of a counted type, less what waits on the phone. */
export function left(level: Schemas['LevelView'], queue: readonly QueuedOp[]): number {
  const used = queue
    .filter(
      (op) => op.refusal == null && op.body.kind === 'use' && op.body.item_type === level.type_id,
    )
    .reduce((sum, op) => sum + Number(op.body.quantity), 0);
  return level.quantity - used;
}
