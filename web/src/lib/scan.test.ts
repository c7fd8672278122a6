import { expect, it } from 'vitest';
import { isForeign, readLine, readScan } from './scan';

it('takes the serial out of our own label', () => {
  expect(readScan('SMB:SN:ZTEGC0A1B2C3\r\n')).toEqual({ kind: 'serial', value: 'ZTEGC0A1B2C3' });
});

it('knows a MAC in any notation', () => {
  for (const text of [
    'a1b2c3d4e5f6',
    'A1-B2-C3-D4-E5-F6',
    'a1:b2:c3:d4:e5:f6',
    'a1b2.c3d4.e5f6',
    'MAC: a1b2c3d4e5f6',
  ]) {
    expect(readScan(text), text).toEqual({ kind: 'mac', value: 'A1:B2:C3:D4:E5:F6' });
  }
});

it('takes anything else as a serial', () => {
  expect(readScan(' HWTC12345678 ')).toEqual({ kind: 'serial', value: 'HWTC12345678' });
  expect(readScan('S/N: HWTC12345678')).toEqual({ kind: 'serial', value: 'HWTC12345678' });
  expect(readScan('  ')).toBeNull();
});

it('reads a line of serial and MAC', () => {
  expect(readLine('ZTE001, a1b2c3d4e5f6')).toEqual({ serial: 'ZTE001', mac: 'A1:B2:C3:D4:E5:F6' });
  expect(readLine('ZTE001\tA1:B2:C3:D4:E5:F6')).toEqual({
    serial: 'ZTE001',
    mac: 'A1:B2:C3:D4:E5:F6',
  });
  expect(readLine('SMB:SN:ZTE001')).toEqual({ serial: 'ZTE001', mac: null });
  expect(readLine('')).toBeNull();
});

it('knows a QR code that names no device', () => {
  const foreign = [
    'https://example.net/promo',
    'WIFI:T:WPA;S:Rumah;P:rahasia;;',
    '00020101021126610014COM.GO-JEK.WWW',
    'SMB:INV:INV/2026/11/000123',
    'Selamat datang di toko kami',
    'X'.repeat(65),
  ];
  for (const text of foreign) expect(isForeign(text), text).toBe(true);
  const ours = [
    'SMB:SN:ZTE001',
    'S/N: HWTC12345678',
    'a1b2c3d4e5f6',
    'MAC: a1b2c3d4e5f6',
    'ZTE001',
  ];
  for (const text of ours) expect(isForeign(text), text).toBe(false);
});
