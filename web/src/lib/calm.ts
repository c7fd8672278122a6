import { useEffect, useRef, useState } from 'react';

/** A finger that taps twice means once: by then another button may stand under it. */
const CALM_MS = 600;

/** Runs one thing at a time, and takes no second tap for a moment after it began. */
export function useCalm() {
  const [busy, setBusy] = useState(false);
  const held = useRef(false);
  const timer = useRef(0);
  useEffect(() => () => globalThis.clearTimeout(timer.current), []);
  const run = async (work: () => Promise<unknown>) => {
    if (held.current) return;
    held.current = true;
    setBusy(true);
    const began = performance.now();
    try {
      await work();
    } finally {
      const rest = CALM_MS - (performance.now() - began);
      timer.current = globalThis.setTimeout(
        () => {
          held.current = false;
          setBusy(false);
        },
        Math.max(0, rest),
      ) as unknown as number;
    }
  };
  return { busy, run };
}
