import { expect, it } from 'vitest';
import { amountOf, blankLine, draftOf, linesToSend, splitFields, totalOf } from './lines';

const line = (type_id: string, quantity: number | '', price: string) => ({
  ...blankLine(),
  type_id,
  quantity,
  price,
});

it('sums the lines that are whole', () => {
  const lines = [line('ont', 100, 'Rp 350.000'), line('drop', '', '1500'), line('sc', 5, '0')];
  expect(lines.map(amountOf)).toEqual([35_000_000, null, 0]);
  expect(totalOf(lines)).toBe(35_000_000);
});

it('sends whole lines, leaves empty ones out and names what is missing', () => {
  const sent = linesToSend([line('ont', 2, '350.000'), blankLine()], 'wajib');
  expect(sent).toEqual({ lines: [{ type_id: 'ont', quantity: 2, price: 350_000 }], errors: {} });
  expect(linesToSend([blankLine()], 'wajib').errors).toEqual({ 0: { type_id: 'wajib' } });
  const wrong = linesToSend([line('ont', 2, '1'), line('', 0, 'x')], 'wajib');
  expect(wrong.errors).toEqual({ 1: { type_id: 'wajib', quantity: 'wajib', price: 'wajib' } });
});

it('opens kept lines as they were', () => {
  const [kept] = draftOf([{ id: 'a', type_id: 'ont', ordered: 3, price: 350_000 }]);
  expect(kept).toEqual({ key: 'a', type_id: 'ont', quantity: 3, price: '350.000' });
});

it('puts a refusal on its line and leaves the others', () => {
  const field = (name: string) => ({ name, code: 'range', detail: `${name}!` });
  const { errors, rest } = splitFields([
    field('lines[2].quantity'),
    field('lines[2].price'),
    field('supplier_id'),
    field('lines'),
  ]);
  expect(errors).toEqual({ 2: { quantity: 'lines[2].quantity!', price: 'lines[2].price!' } });
  expect(rest.map((one) => one.name)).toEqual(['supplier_id', 'lines']);
});
