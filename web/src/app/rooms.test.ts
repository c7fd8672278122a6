// @vitest-environment node
import { expect, it } from 'vitest';
import { FACES } from '../../faces.mjs';
import { roomsOf } from './rooms';

/** The address of each face's first page. */
const FIRST: Record<string, string> = {
  console: '/',
  field: '/field',
  partner: '/partner',
  me: '/me',
  door: '/me/login',
};

it("the words of each face's first page come with it, not after it", () => {
  expect(FACES.map((face) => face.name).sort()).toEqual(Object.keys(FIRST).sort());
  for (const face of FACES) {
    expect(face.words, face.name).toEqual(
      expect.arrayContaining([...roomsOf(FIRST[face.name] ?? '')]),
    );
  }
});
