// Which step of a job comes next: from the server's state and the steps still waiting on the phone.
import type { Schemas } from '@/api/client';
import type { QueuedOp } from '@/pwa/offline-queue';

export type Job = Schemas['WorkOrder'];

export type JobNow = {
  state: string;
  hasDevice: boolean;
  hasPhoto: boolean;
  hasGps: boolean;
};

const AFTER: Record<string, string> = {
  accept: 'accepted',
  on_the_way: 'on_the_way',
  on_site: 'on_site',
  done: 'done',
  fail: 'failed',
};

/** The job as the technician left it: what waits on the phone counts as done here. */
export function jobNow(job: Job, queue: readonly QueuedOp[]): JobNow {
  const own = queue.filter((op) => op.subject === job.id && op.refusal == null);
  const kinds = own.map((op) => String(op.body.kind));
  const state = kinds.reduce((now, kind) => AFTER[kind] ?? now, job.state);
  return {
    state,
    hasDevice: job.item != null || kinds.includes('scan'),
    hasPhoto: job.photos.length > 0 || kinds.includes('photo'),
    hasGps: job.gps != null || kinds.includes('gps'),
  };
}

/** Kinds of job that put a device at the site. */
export function needsDevice(job: Pick<Job, 'kind'>): boolean {
  return job.kind === 'install' || job.kind === 'swap';
}

export type Missing = 'device' | 'photo';

/** What a job still needs before it can be closed as done; GPS may be missing (then NOC looks). */
export function missing(job: Job, now: JobNow): Missing[] {
  if (!needsDevice(job)) return [];
  const needs: Missing[] = [];
  if (!now.hasDevice) needs.push('device');
  if (!now.hasPhoto) needs.push('photo');
  return needs;
}
