import { describe, expect, it } from 'vitest';
import {
  formatAge,
  formatDay,
  formatInstant,
  formatInstantFull,
  formatPeriod,
  formatTook,
  parseDay,
  plusDays,
  startOf,
  inZone,
  todayIn,
} from './day';

const JAKARTA = 'Asia/Jakarta';

describe('day', () => {
  it('is short and in the reader’s language', () => {
    expect(formatDay('2026-12-05', 'id')).toBe('5 Des 2026');
    expect(formatDay('2026-05-05', 'en')).toBe('5 May 2026');
    expect(formatDay('soon', 'id')).toBe('soon');
  });

  it('names a whole month and spells out a part of one', () => {
    expect(formatPeriod('2026-11-01', '2026-11-30', 'id')).toBe('November 2026');
    expect(formatPeriod('2026-11-10', '2026-11-30', 'id')).toBe('10–30 Nov 2026');
    expect(formatPeriod('2027-02-01', '2027-02-28', 'en')).toBe('February 2027');
    expect(formatPeriod('2026-12-31', '2027-01-30', 'id')).toBe('31 Des 2026 – 30 Jan 2027');
  });

  it('turns the day at the branch’s midnight, not at Greenwich’s', () => {
    const late = new Date('2026-12-20T18:30:00Z');
    expect(todayIn(JAKARTA, late)).toBe('2026-12-21');
    expect(todayIn('Asia/Jayapura', late)).toBe('2026-12-21');
    expect(todayIn('UTC', late)).toBe('2026-12-20');
  });

  it('knows Indonesia’s zones as the zone database does', () => {
    const instants = ['1990-03-01T00:00:00Z', '2026-06-30T16:59:59Z', '2026-12-31T17:00:00Z'];
    for (const zone of ['Asia/Jakarta', 'Asia/Pontianak', 'Asia/Makassar', 'Asia/Jayapura']) {
      for (const instant of instants) {
        const known = new Intl.DateTimeFormat('sv-SE', {
          ...{ timeZone: zone, dateStyle: 'short', timeStyle: 'medium' },
        }).format(new Date(instant));
        const there = inZone(instant, zone);
        expect(`${there?.day} ${there?.time.replaceAll('.', ':')}`).toBe(known);
      }
    }
  });

  it('shows an instant as short as it can', () => {
    const now = new Date('2026-12-20T10:00:00Z');
    expect(formatInstant('2026-12-20T07:05:33Z', 'id', JAKARTA, now)).toBe('14.05');
    expect(formatInstant('2026-12-19T07:05:33Z', 'id', JAKARTA, now)).toBe('19 Des 14.05');
    expect(formatInstant('2025-12-19T07:05:33Z', 'id', JAKARTA, now)).toBe('19 Des 2025 14.05');
    expect(formatInstantFull('2026-12-19T07:05:33Z', 'id', JAKARTA)).toBe('19 Des 2026 14.05.33');
  });

  it('says ages in one or two units', () => {
    expect(formatAge(4.9, 'id')).toBe('4 dtk');
    expect(formatAge(61, 'id')).toBe('1 mnt');
    expect(formatAge(3 * 3600 + 120, 'id')).toBe('3 jam 2 mnt');
    expect(formatAge(86400 * 5 + 7000, 'en')).toBe('5 d');
  });

  it('counts days over the end of a year', () => {
    expect(plusDays('2026-12-31', 1)).toBe('2027-01-01');
    expect(plusDays('2027-03-01', -1)).toBe('2027-02-28');
  });
});

it('a day begins at its zone’s midnight', () => {
  expect(startOf('2026-11-26', JAKARTA)).toBe('2026-11-25T17:00:00.000Z');
  expect(startOf('2026-11-26', 'Asia/Jayapura')).toBe('2026-11-25T15:00:00.000Z');
  expect(startOf('2026-11-26', 'UTC')).toBe('2026-11-26T00:00:00.000Z');
});

it('says how long something took as one would', () => {
  expect(formatTook(null, 'id')).toBe('–');
  expect(formatTook(420, 'id')).toBe('0,4 dtk');
  expect(formatTook(420, 'en')).toBe('0.4 s');
  expect(formatTook(48_400, 'id')).toBe('48 dtk');
  expect(formatTook(112_000, 'id')).toBe('1 mnt 52 dtk');
  expect(formatTook(120_000, 'id')).toBe('2 mnt');
  expect(formatTook(11_100_000, 'id')).toBe('3 jam 5 mnt');
});

it('reads a day as people type it, the day before the month', () => {
  for (const text of [
    '1 Des 2026',
    '01 desember 2026',
    '1 Dec 2026',
    '1/12/2026',
    '1-12-26',
    '1.12.2026',
    '2026-12-01',
  ])
    expect(parseDay(text), text).toBe('2026-12-01');
  expect(parseDay('5 Agu 2026')).toBe('2026-08-05');
  expect(parseDay('5 Agustus 2026')).toBe('2026-08-05');
  expect(parseDay('5 May 2026')).toBe('2026-05-05');
  for (const text of ['', '31/2/2026', '13/13/2026', '1 Foo 2026', '12', 'besok', '2026-02-30'])
    expect(parseDay(text), text).toBe(null);
});
