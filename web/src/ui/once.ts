import { useState } from 'react';

/** Whether something was true at least once: what was opened stays mounted, so that it can close in peace. */
export function useEver(now: boolean): boolean {
  const [ever, setEver] = useState(now);
  if (now && !ever) setEver(true);
  return ever || now;
}
