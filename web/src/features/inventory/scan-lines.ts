// The lines of a receipt or hand-over while they are scanned.
import { useState } from 'react';
import { readLine } from '@/lib/scan';
import type { ListedLine } from './parts/scan-list';

type Verdict = { serial: string; ok: boolean; detail?: string | null };

/** Adds scanned lines; the same serial twice stays one line. */
export function addLines(
  lines: ListedLine[],
  text: string,
): { lines: ListedLine[]; twice: string[] } {
  const twice: string[] = [];
  let next = lines;
  for (const row of text.split(/\r?\n/)) {
    const read = readLine(row);
    if (!read) continue;
    if (next.some((line) => line.serial.toUpperCase() === read.serial.toUpperCase())) {
      twice.push(read.serial);
    } else {
      next = [{ serial: read.serial, mac: read.mac, ok: null, detail: null }, ...next];
    }
  }
  return { lines: next, twice };
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
  return {
    lines,
    /** The serial that was scanned a second time, until the next scan. */
    twice,
    waiting: lines.filter((line) => line.ok !== true),
    done: lines.filter((line) => line.ok === true),
    add: (text: string) => {
      const added = addLines(lines, text);
      setLines(added.lines);
      setTwice(added.twice[0] ?? null);
    },
    remove: (serial: string) => setLines(lines.filter((line) => line.serial !== serial)),
    judge: (verdicts: readonly Verdict[]) => setLines((now) => judge(now, verdicts)),
  };
}
