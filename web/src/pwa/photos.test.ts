import { expect, it } from 'vitest';
import { ready, sha256, type WaitingPhoto } from './photos';

const photo = (hash: string, refusal: string | null = null) =>
  ({ id: `j:${hash}`, subject: 'j', sha256: hash, refusal }) as WaitingPhoto;

it('sends a photo only after its step has arrived', () => {
  const ops = [
    { subject: 'j', body: { kind: 'photo', sha256: 'b' } },
    { subject: 'k', body: { kind: 'photo', sha256: 'a' } },
    { subject: 'j', body: { kind: 'done' } },
  ];
  expect(ready([photo('a'), photo('b')], ops).map((one) => one.sha256)).toEqual(['a']);
});

it('does not send again what was refused', () => {
  expect(ready([photo('a', 'terlalu besar')], [])).toEqual([]);
});

it('names bytes as the server does', async () => {
  expect(await sha256(new Blob(['abc']))).toBe(
    'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
  );
});
