// What opens over a page, or stands below what people came for, waits until the first page is in the picture: on a
// slow phone its script would come in between.

const LATEST_MS = 2_000;
const HANDS = ['pointerdown', 'keydown'] as const;

let begin: () => void = () => undefined;
const started = new Promise<void>((resolve) => {
  begin = resolve;
});

/** The first page stands there. */
export function pageShown(): void {
  const quiet = globalThis.requestIdleCallback ?? ((run: () => void) => setTimeout(run, 200));
  quiet(() => begin(), { timeout: LATEST_MS });
}

// who already does something is not kept waiting
for (const hand of HANDS) {
  globalThis.addEventListener?.(hand, () => begin(), { once: true, passive: true });
}

/** Settles once the first page stands and the browser is at rest, or somebody does something. */
export function afterShown(): Promise<void> {
  return started;
}
