import { expect, it } from 'vitest';
import type { QueuedOp } from '@/pwa/offline-queue';
import { doubt, type Job, jobNow, left, missing } from './job-steps';

const job = {
  id: 'j',
  kind: 'install',
  state: 'assigned',
  visit: 1,
  item: null,
  photos: [],
  gps: null,
} as unknown as Job;
const op = (kind: string, seq: number, more: object = {}, refusal: string | null = null) =>
  ({ subject: 'j', body: { kind, ...more }, seq, refusal }) as unknown as QueuedOp;

it('counts what waits on the phone as done here', () => {
  const scan = op('scan', 3, { serial: 'SN1', how: 'scanned' });
  const photo = op('photo', 4, { what: 'installation' });
  const now = jobNow(job, [op('accept', 1), op('on_the_way', 2), scan, photo]);
  expect(now).toMatchObject({ state: 'on_the_way', device: 'SN1', hasPhoto: true, hasGps: false });
  expect(missing(job, now)).toEqual([]);
});

it('does not count what was refused, nor another job’s steps', () => {
  const other = { ...op('accept', 2), subject: 'k' } as QueuedOp;
  const now = jobNow(job, [op('accept', 1, {}, 'bukan tugas Anda'), other]);
  expect(now.state).toBe('assigned');
  expect(missing(job, now)).toEqual(['device', 'photo']);
});

it('wants a photo of the label when the serial was typed, also on a repair', () => {
  const typed = op('scan', 1, { serial: 'SN1', how: 'typed' });
  const photo = op('photo', 2, { what: 'installation' });
  expect(missing(job, jobNow(job, [typed, photo]))).toEqual(['label_photo']);
  const label = op('photo', 3, { what: 'label' });
  expect(missing(job, jobNow(job, [typed, photo, label]))).toEqual([]);
  const repair = { ...job, kind: 'repair' } as Job;
  expect(missing(repair, jobNow(repair, [typed]))).toEqual(['label_photo']);
  const dismantle = { ...job, kind: 'dismantle' } as Job;
  expect(missing(dismantle, jobNow(dismantle, [typed]))).toEqual([]);
});

it('does not count the photos of an earlier visit', () => {
  const photos = [{ kind: 'installation', visit: 1 }];
  const second = { ...job, visit: 2, photos } as unknown as Job;
  expect(jobNow(second, []).hasPhoto).toBe(false);
});

it('asks no device of a dismantling', () => {
  const dismantle = { ...job, kind: 'dismantle' } as Job;
  expect(missing(dismantle, jobNow(dismantle, []))).toEqual([]);
});

it('checks a scan against the bag, and against the other jobs on the phone', () => {
  const bag = [
    { serial: 'SN1', mac: 'A1:B2:C3:D4:E5:F6', offered: false },
    { serial: 'SN2', mac: null, offered: true },
  ];
  const scan = (value: string, kind: 'serial' | 'mac' = 'serial') => ({ kind, value });
  expect(doubt(job, scan('sn1'), bag, [])).toBeNull();
  expect(doubt(job, scan('A1:B2:C3:D4:E5:F6', 'mac'), bag, [])).toBeNull();
  expect(doubt(job, scan('SN2'), bag, [])).toBe('offered');
  expect(doubt(job, scan('SN3'), bag, [])).toBe('not_in_bag');
  const used = { ...op('scan', 1, { serial: 'SN1' }), subject: 'k' } as QueuedOp;
  expect(doubt(job, scan('SN1'), bag, [used])).toBe('other_job');
  expect(doubt({ id: 'j', kind: 'dismantle' }, scan('SN3'), bag, [])).toBeNull();
});

it('takes what waits on the phone off the bag', () => {
  const cable = { type_id: 't', code: 'FO', name: 'Kabel', unit: 'm', quantity: 100 };
  const use = (quantity: number, refusal: string | null = null) =>
    op('use', 1, { item_type: 't', quantity }, refusal);
  expect(left(cable, [use(30), use(20), use(60, 'kurang')])).toBe(50);
});

it('takes a signature for what it is, and the last reading', () => {
  const scan = op('scan', 1, { serial: 'SN1', how: 'scanned' });
  const signature = op('photo', 2, { what: 'signature', signer: 'Ibu Sri' });
  const readings = [op('signal', 3, { dbm: -28 }), op('signal', 4, { dbm: -19.4 })];
  const now = jobNow(job, [scan, signature, ...readings]);
  expect(now).toMatchObject({ hasSignature: true, hasPhoto: false, dbm: -19.4 });
  expect(missing(job, now)).toEqual(['photo']);
  expect(jobNow({ ...job, signal: { dbm: -20.5 } } as Job, []).dbm).toBe(-20.5);
});

it('does not call a job done whose scan was refused', () => {
  const at = { ...job, state: 'on_site' } as Job;
  const scan = op('scan', 1, { serial: 'SN1', how: 'scanned' }, 'sudah terpasang');
  expect(jobNow(at, [scan, op('done', 2)]).state).toBe('on_site');
  expect(jobNow(at, [op('done', 2)]).state).toBe('done');
});
