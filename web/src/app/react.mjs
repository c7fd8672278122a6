// What runs where code says `react`: Preact, which does the same with a fraction of the script (docs/rfd/0006-preact.md).
// Here is what it lacks or does otherwise than what is written for React expects. The types are React's own.
import { options } from 'preact';
import { Children, cloneElement, isValidElement } from 'preact/compat';

export * from 'preact/compat';
export { default } from 'preact/compat';

// Effects run at once after what was drawn, as React does for clicks and keys, and not with the next frame: a query
// that a click switches off must be off before the answer to that click comes.
options.requestAnimationFrame = (run) => queueMicrotask(run);

// React focuses what has `autoFocus` whenever it comes; a browser by itself only the first on a page.
const focused = new WeakSet();
const focusing = new WeakMap();

function focusOnce(element) {
  if (!element || focused.has(element)) return;
  focused.add(element);
  element.focus();
}

/** The same for the same `ref`, so that it is not taken off and put on with each drawing. */
function focusingRef(ref) {
  if (!ref) return focusOnce;
  const known = focusing.get(ref);
  if (known) return known;
  const both = (element) => {
    focusOnce(element);
    if (typeof ref === 'function') return ref(element);
    ref.current = element;
    return undefined;
  };
  focusing.set(ref, both);
  return both;
}

const drawn = options.vnode;
options.vnode = (vnode) => {
  drawn?.(vnode);
  if (typeof vnode.type !== 'string') return;
  if (vnode.props.autofocus || vnode.props.autoFocus) vnode.ref = focusingRef(vnode.ref);
};

/** Keeps what is hidden where it is, with its state, out of sight and out of reach. */
export function Activity({ mode, children }) {
  if (mode !== 'hidden') return children;
  return Children.map(children, (child) =>
    isValidElement(child)
      ? cloneElement(child, { style: { ...child.props.style, display: 'none' } })
      : null,
  );
}
