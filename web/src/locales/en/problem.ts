import type { problem as id } from '../id/problem';
import type { SameKeys } from '../same-keys';

// What went wrong, by code.
export const problem: SameKeys<typeof id> = {
  title: 'It did not work',
  not_found_title: 'Not found',
  network: 'The server can’t be reached. What was saved is safe; check the network and try again.',
  unavailable: 'The server is not ready now. The data is safe; try again in a moment.',
  bug: 'Something went wrong on our side. Your data is safe; try again or call the admin.',
  unauthenticated: 'You are not logged in, or the session has ended. Please log in again.',
  forbidden: 'Your role may not do this.',
  not_found: 'There is no such record, or it is not yours to see.',
  conflict: 'Its state has changed. Reload and try again.',
  too_large: 'It is too large.',
  too_many: 'Too many tries. Wait a moment and try again.',
  invalid: 'Some fields need correcting.',
  unexpected: 'Something is wrong on this page. Reload it; if it happens again, call the admin.',
};
