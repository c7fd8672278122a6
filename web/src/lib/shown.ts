// What stands below what people came for, or only shows when something happened, waits until the first page is in
// the picture: on a slow phone its script would come in between.

/** A page that is never at rest does not keep it waiting for longer. */
const LATEST_MS = 2_000;

let begin: () => void = () => undefined;
const shown = new Promise<void>((resolve) => {
  begin = resolve;
});

/** The first page stands there. */
export function pageShown(): void {
  const quiet = globalThis.requestIdleCallback ?? ((run: () => void) => setTimeout(run, 200));
  quiet(() => begin(), { timeout: LATEST_MS });
}

// who already does something is not kept waiting
for (const hand of ['pointerdown', 'keydown']) {
  globalThis.addEventListener?.(hand, () => begin(), { once: true, passive: true });
}

/** Settles once the first page stands and the browser has nothing to do, or somebody does something. */
export function afterShown(): Promise<void> {
  return shown;
}
