import { expect, it } from 'vitest';
import { ownSubject } from './ticket-subject';

it('says a subject only when somebody wrote one', () => {
  expect(ownSubject({ category: 'no_internet', subject: 'internet mati' })).toBeNull();
  expect(ownSubject({ category: 'slow', subject: 'Lambat tiap malam' })).toBe('Lambat tiap malam');
  expect(ownSubject({ category: 'new_kind', subject: 'x' })).toBe('x');
});
