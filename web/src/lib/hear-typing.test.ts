import { expect, it } from 'vitest';
import { hearTyping } from './hear-typing';

const press = (key: string, more: KeyboardEventInit = {}) =>
  document.dispatchEvent(new KeyboardEvent('keydown', { key, cancelable: true, ...more }));

it('keeps letters until they are taken, once, and leaves every other key alone', () => {
  const taken = hearTyping();
  expect(press('C')).toBe(false);
  expect(press('0')).toBe(false);
  expect(press('v', { ctrlKey: true })).toBe(true);
  expect(press('Escape')).toBe(true);
  expect(taken()).toBe('C0');
  expect(press('1')).toBe(true);
  expect(taken()).toBe('');
});
