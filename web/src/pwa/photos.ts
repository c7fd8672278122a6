// Photos wait on the phone by their hash: the step that names one does not wait for its bytes.
import { client } from '@/api/client';
import { Problem } from '@/api/problem';
import { put, remove } from './store';

export type WaitingPhoto = {
  /** Of its step's body: the order and the hash. */
  id: string;
  /** Of the bytes, in hex. */
  sha256: string;
  bytes: Blob;
  what: 'installation' | 'label' | 'signature' | 'other';
  subject: string;
  visit: number;
  taken_at: string;
  user: string;
  /** Why the server does not take it. */
  refusal: string | null;
};

type Step = { subject: string; body: Record<string, unknown> };

/** The same picture may belong to two orders. */
export function photoId(step: Step): string | null {
  const { sha256 } = step.body;
  return typeof sha256 === 'string' ? `${step.subject}:${sha256}` : null;
}

/** Photos whose step has arrived: the others are not known to the server yet. */
export function ready(photos: readonly WaitingPhoto[], ops: readonly Step[]): WaitingPhoto[] {
  return photos.filter(
    (photo) => photo.refusal === null && !ops.some((op) => photoId(op) === photo.id),
  );
}

/** Sends what may go. One that is refused stays with its reason and holds none of the others back. */
export async function sendPhotos(
  photos: readonly WaitingPhoto[],
  ops: readonly Step[],
): Promise<void> {
  for (const photo of ready(photos, ops)) {
    try {
      await client.POST('/api/v1/work-orders/{id}/photos', {
        params: {
          path: { id: photo.subject },
          query: { what: photo.what, taken_at: photo.taken_at, visit: photo.visit },
        },
        headers: { 'Content-Type': photo.bytes.type },
        body: photo.bytes as never,
        bodySerializer: (bytes: unknown) => bytes as Blob,
      });
      await remove('photos', photo.id);
    } catch (error) {
      const problem = Problem.from(error);
      if (problem.passes || problem.status === 401) throw problem;
      await put('photos', { ...photo, refusal: problem.detail || problem.code });
    }
  }
}

/** The SHA-256 of bytes, in hex. */
export async function sha256(bytes: Blob): Promise<string> {
  const hash = await crypto.subtle.digest('SHA-256', await bytes.arrayBuffer());
  return [...new Uint8Array(hash)].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}
