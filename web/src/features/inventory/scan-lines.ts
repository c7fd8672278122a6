// The lines of a receipt or hand-over while they are scanned.
import { useState } from 'react';
import { isForeign, readLine } from '@/lib/scan';
import type { ListedLine } from './parts/scan-list';

type Verdict = { serial: string; ok: boolean; detail?: string | null };

type Added = { lines: ListedLine[]; twice: string[]; foreign: string[] };

/** Adds scanned lines; the same serial twice stays one line, a QR code that is no device's is left out. */
export function addLines(lines: ListedLine[], text: string, typed = false): Added {
  const twice: string[] = [];
  const foreign: string[] = [];
  let next = lines;
  for (const row of text.split(/\r?\n/)) {
    const read = readLine(row);
    if (!read) continue;
    if (isForeign(read.serial) || isLink(row)) {
      foreign.push(row.trim().slice(0, 60));
      continue;
    }
    if (next.some((line) => line.serial.toUpperCase() === read.serial.toUpperCase())) {
      twice.push(read.serial);
    } else {
      next = [{ ...read, typed, ok: null, detail: null }, ...next];
    }
  }
  return { lines: next, twice, foreign };
}

/** A whole code may hold what looks like a serial and a MAC: `WIFI:T:WPA;S:…`. */
function isLink(row: string): boolean {
  return /^(?:wifi|begin|mecard|matmsg):/i.test(row.trim());
}

/** Puts the server's verdicts on the lines they are about. */
export function judge(lines: ListedLine[], verdicts: readonly Verdict[]): ListedLine[] {
  const bySerial = new Map(verdicts.map((one) => [one.serial.toUpperCase(), one]));
  return lines.map((line) => {
    const verdict = bySerial.get(line.serial.toUpperCase());
    return verdict
      ? { ...line, ok: verdict.ok, detail: verdict.ok ? null : (verdict.detail ?? null) }
      : line;
  });
}

export function useScanLines() {
  const [lines, setLines] = useState<ListedLine[]>([]);
  const [twice, setTwice] = useState<string | null>(null);
  const [foreign, setForeign] = useState<string | null>(null);
  return {
    lines,
    /** The serial that was scanned a second time, until the next scan. */
    twice,
    /** A code that is no device's, until the next scan. */
    foreign,
    /** In the order of the scans: where not all are taken, the first ones are. */
    waiting: lines.filter((line) => line.ok !== true).reverse(),
    done: lines.filter((line) => line.ok === true),
    add: (text: string, typed = false) => {
      const added = addLines(lines, text, typed);
      setLines(added.lines);
      setTwice(added.twice[0] ?? null);
      setForeign(added.foreign[0] ?? null);
    },
    remove: (serial: string) => setLines(lines.filter((line) => line.serial !== serial)),
    judge: (verdicts: readonly Verdict[]) => setLines((now) => judge(now, verdicts)),
  };
}
