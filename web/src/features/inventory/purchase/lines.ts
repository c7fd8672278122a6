// The lines of an order while it is written.
import type { ProblemField } from '@/api/problem';
import { groupDigits, parseMoney } from '@/lib/money';

export type DraftLine = {
  key: string;
  type_id: string;
  quantity: number | '';
  /** As typed. */
  price: string;
};

export type LineField = 'type_id' | 'quantity' | 'price';
/** What is wrong with the lines, by their place and field. */
export type LineErrors = Record<number, Partial<Record<LineField, string>>>;

type Stored = { id: string; type_id: string; ordered: number; price: number };
type Asked = { type_id: string; quantity: number; price: number };

let made = 0;

/** A line with nothing in it. */
export function blankLine(): DraftLine {
  made += 1;
  return { key: `new-${made}`, type_id: '', quantity: '', price: '' };
}

/** Lines as they were kept. */
export function draftOf(lines: readonly Stored[]): DraftLine[] {
  return lines.map((line) => ({
    key: line.id,
    type_id: line.type_id,
    quantity: line.ordered,
    price: groupDigits(line.price),
  }));
}

/** Rupiah of a line; null until it is one. */
export function amountOf(line: DraftLine): number | null {
  const price = parseMoney(line.price);
  if (price === null || price < 0 || line.quantity === '' || line.quantity < 1) return null;
  return price * line.quantity;
}

/** Rupiah of the lines that are whole. */
export function totalOf(lines: readonly DraftLine[]): number {
  return lines.reduce((sum, line) => sum + (amountOf(line) ?? 0), 0);
}

/** What is sent, or what is missing: a line in which nothing stands is left out. */
export function linesToSend(
  lines: readonly DraftLine[],
  required: string,
): { lines: Asked[]; errors: LineErrors } {
  const errors: LineErrors = {};
  const asked: Asked[] = [];
  lines.forEach((line, at) => {
    if (!line.type_id && line.quantity === '' && !line.price.trim()) {
      if (lines.length === 1) errors[at] = { type_id: required };
      return;
    }
    const price = parseMoney(line.price);
    const wrong: Partial<Record<LineField, string>> = {};
    if (!line.type_id) wrong.type_id = required;
    if (line.quantity === '' || line.quantity < 1) wrong.quantity = required;
    if (price === null) wrong.price = required;
    if (Object.keys(wrong).length > 0) {
      errors[at] = wrong;
    } else {
      asked.push({ type_id: line.type_id, quantity: Number(line.quantity), price: price ?? 0 });
    }
  });
  return { lines: asked, errors };
}

/** The server's refusals of single lines, and those that are about something else. */
export function splitFields(fields: readonly ProblemField[]): {
  errors: LineErrors;
  rest: ProblemField[];
} {
  const errors: LineErrors = {};
  const rest: ProblemField[] = [];
  for (const field of fields) {
    const match = /^lines\[(\d+)\]\.(type_id|quantity|price)$/.exec(field.name);
    if (!match) {
      rest.push(field);
      continue;
    }
    const at = Number(match[1]);
    errors[at] = { ...errors[at], [match[2] as LineField]: field.detail };
  }
  return { errors, rest };
}
