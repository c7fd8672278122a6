import { expect, it } from 'vitest';
import { formatBytes, formatQuota, formatRate } from './bytes';

it('shows volumes beyond 4 GiB with one decimal', () => {
  expect(formatBytes(4294967296 * 3)).toBe('12,9 GB');
  expect(formatBytes(999)).toBe('999 B');
  expect(formatBytes(1000)).toBe('1,0 kB');
  expect(formatBytes(123456789)).toBe('123 MB');
});

it('shows speeds as they are sold', () => {
  expect(formatRate(20000)).toBe('20 Mbps');
  expect(formatRate(1536)).toBe('1,5 Mbps');
  expect(formatRate(512)).toBe('512 kbps');
});

it('shows a quota as it was sold', () => {
  expect(formatQuota(60 * 2 ** 30)).toBe('60 GiB');
  expect(formatQuota(1.5 * 2 ** 30, 60 * 2 ** 30)).toBe('1,5 GiB');
  expect(formatQuota(10_000_000_000)).toBe('10,0 GB');
  expect(formatQuota(123_456_789, 10_000_000_000)).toBe('123 MB');
});
