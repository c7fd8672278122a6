/**
 * How many steps from registration to an active line are done: registered, verified, scheduled, installed,
 * active.
 */
export function stepOf(lead: string, line: string | undefined): number {
  if (lead === 'verified') return 2;
  if (lead !== 'converted') return 1;
  if (line === 'ready') return 4;
  if (line === undefined || line === 'pending_install') return 3;
  return 5;
}
