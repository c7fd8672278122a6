// What runs where code says `react`: Preact, which does the same with a fraction of the script (ARCHITECTURE.md says
// why). Of what our libraries use it lacks `Activity` alone, which is here. The types are React's own.
import { options } from 'preact';
import { Children, cloneElement, isValidElement } from 'preact/compat';

export * from 'preact/compat';
export { default } from 'preact/compat';

// Effects run at once after what was drawn, as React does for clicks and keys, and not with the next frame: a query
// that a click switches off must be off before the answer to that click comes.
options.requestAnimationFrame = (run) => queueMicrotask(run);

/** Keeps what is hidden where it is, with its state, out of sight and out of reach. */
export function Activity({ mode, children }) {
  if (mode !== 'hidden') return children;
  return Children.map(children, (child) =>
    isValidElement(child)
      ? cloneElement(child, { style: { ...child.props.style, display: 'none' } })
      : null,
  );
}
