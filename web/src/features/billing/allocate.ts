// What a payment will settle, in the server's order: the named invoice, then the oldest of its
// subscription, then the customer's others.

export type Open = {
  invoice_id: string;
  number: string;
  subscription_id?: string | null;
  due_on: string;
  to_pay: number;
};

export type Part = { invoice_id: string; number: string; amount: number; left: number };

/** The parts that an amount settles, and what is left over as the customer's credit. */
export function allocate(
  open: readonly Open[],
  amount: number,
  named: string | null,
): { parts: Part[]; credit: number } {
  const subscription = open.find((one) => one.invoice_id === named)?.subscription_id;
  const rank = (one: Open) => {
    if (one.invoice_id === named) return 0;
    return subscription && one.subscription_id === subscription ? 1 : 2;
  };
  const order = [...open].sort((a, b) => rank(a) - rank(b) || a.due_on.localeCompare(b.due_on));
  const parts: Part[] = [];
  let rest = amount;
  for (const one of order) {
    const part = Math.min(rest, one.to_pay);
    if (part <= 0) continue;
    rest -= part;
    parts.push({
      invoice_id: one.invoice_id,
      number: one.number,
      amount: part,
      left: one.to_pay - part,
    });
  }
  return { parts, credit: rest };
}

/**
 * What is booked of the money on the counter, and what goes back. Cash above what is owed is change
 * unless the customer leaves it; a transfer is in the bank already, all of it counts.
 */
export function handOver(
  given: number,
  owed: number,
  cash: boolean,
  leaves: boolean,
): { booked: number; change: number } {
  if (!cash || leaves || given <= owed) return { booked: given, change: 0 };
  return { booked: owed, change: given - owed };
}
