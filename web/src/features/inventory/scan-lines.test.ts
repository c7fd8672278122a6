import { expect, it } from 'vitest';
import { addLines, judge } from './scan-lines';

it('takes many pasted lines, newest first, and a serial only once', () => {
  const first = addLines([], 'SN1, a1b2c3d4e5f6\nSN2\n\n');
  expect(first.lines.map((line) => line.serial)).toEqual(['SN2', 'SN1']);
  const second = addLines(first.lines, 'sn1');
  expect(second.lines).toHaveLength(2);
  expect(second.twice).toEqual(['sn1']);
});

it('puts each verdict on its own line and leaves the others', () => {
  const { lines } = addLines([], 'SN1\nSN2\nSN3');
  const judged = judge(lines, [
    { serial: 'SN1', ok: true, detail: null },
    { serial: 'SN2', ok: false, detail: 'sudah ada di Gudang Utama' },
  ]);
  expect(judged.find((line) => line.serial === 'SN1')?.ok).toBe(true);
  expect(judged.find((line) => line.serial === 'SN2')?.detail).toBe('sudah ada di Gudang Utama');
  expect(judged.find((line) => line.serial === 'SN3')?.ok).toBeNull();
});

it('leaves out codes that name no device, and says which', () => {
  const added = addLines([], 'https://example.net\nSN1\nWIFI:T:WPA;S:Rumah;P:x;;');
  expect(added.lines.map((line) => line.serial)).toEqual(['SN1']);
  expect(added.foreign).toEqual(['https://example.net', 'WIFI:T:WPA;S:Rumah;P:x;;']);
});

it('remembers which lines a hand typed', () => {
  const typed = addLines([], 'SN1', true);
  const { lines } = addLines(typed.lines, 'SN2');
  expect(lines.map((line) => line.typed)).toEqual([false, true]);
});
