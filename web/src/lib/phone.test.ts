import { expect, it } from 'vitest';
import { formatPhone, looksLikePhone } from './phone';

it('shows a stored number the way people write it', () => {
  expect(formatPhone('+6281234567890')).toBe('0812-3456-7890');
  expect(formatPhone('6281234567')).toBe('0812-3456-7');
  expect(formatPhone('0215551234')).toBe('0215-5512-34');
  expect(formatPhone('112')).toBe('112');
});

it('accepts what people type and refuses what is no number', () => {
  for (const good of ['0812 3456 7890', '+62812-3456-789', '62 812 3456 7890', '(021) 5551234']) {
    expect(looksLikePhone(good), good).toBe(true);
  }
  for (const bad of ['', '812', 'abc', '+1 202 555 0100', '0812']) {
    expect(looksLikePhone(bad), bad).toBe(false);
  }
});
