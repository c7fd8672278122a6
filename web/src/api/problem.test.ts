import { expect, it } from 'vitest';
import { Problem } from './problem';

const answer = (status: number, body: string, type = 'application/problem+json') =>
  new Response(body, { status, headers: { 'content-type': type } });

it('reads code, sentence and fields of a problem', async () => {
  const body = {
    status: 422,
    code: 'invalid_fields',
    title: 'Invalid',
    detail: 'Ada isian yang belum benar.',
    fields: [{ name: 'phone', code: 'required', detail: 'wajib diisi' }, 'nonsense'],
  };
  const problem = await Problem.of(answer(422, JSON.stringify(body)));
  expect(problem.code).toBe('invalid_fields');
  expect(problem.detail).toBe('Ada isian yang belum benar.');
  expect(problem.fields).toEqual([{ name: 'phone', code: 'required', detail: 'wajib diisi' }]);
  expect(problem.passes).toBe(false);
});

it('makes a problem of an answer that has none', async () => {
  expect((await Problem.of(answer(502, '<html>', 'text/html'))).code).toBe('bug');
  expect((await Problem.of(answer(503, 'not json'))).code).toBe('unavailable');
  expect((await Problem.of(answer(404, '', 'text/plain'))).code).toBe('not_found');
});

it('calls a lost connection what it is, and worth another try', () => {
  const problem = Problem.from(new TypeError('Failed to fetch'));
  expect(problem.code).toBe('network');
  expect(problem.passes).toBe(true);
  expect(Problem.from('oops').code).toBe('unexpected');
});
