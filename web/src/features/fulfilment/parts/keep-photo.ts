// A photo or a signature goes into the queue on the phone; its bytes wait by themselves.
import { enqueue, enqueuePhoto } from '@/pwa/offline-queue';
import { sha256, type WaitingPhoto } from '@/pwa/photos';
import type { Job } from '../job-steps';

/** Keeps it; where the browser can't name bytes (no https), they travel inside the step. */
export async function keepPhoto(
  job: Job,
  what: WaitingPhoto['what'],
  bytes: Blob,
  signer?: string,
): Promise<void> {
  const basedOn = String(job.version);
  const who = signer ? { signer } : {};
  if (!globalThis.crypto.subtle) {
    const data = await base64(bytes);
    const body = { kind: 'photo', what, visit: job.visit, mime: bytes.type, data, ...who };
    return enqueue(job.id, body, basedOn);
  }
  const photo = {
    sha256: await sha256(bytes),
    bytes,
    what,
    subject: job.id,
    visit: job.visit,
    taken_at: new Date().toISOString(),
  };
  return enqueuePhoto(photo, basedOn, who);
}

function base64(bytes: Blob): Promise<string> {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(String(reader.result));
    reader.onerror = () => reject(reader.error ?? new Error('photo'));
    reader.readAsDataURL(bytes);
  });
}
