// What is typed while the field that should hear it is still coming.

/** Nobody types into nothing for longer: should the field never come, the keys do what they always do. */
const LATEST_MS = 3_000;

/** Keeps every letter from now on; the answer ends it and gives them back. */
export function hearTyping(): () => string {
  let text = '';
  const hear = (event: KeyboardEvent) => {
    if (event.key.length !== 1 || event.ctrlKey || event.metaKey || event.altKey) return;
    text += event.key;
    event.preventDefault();
  };
  document.addEventListener('keydown', hear, true);
  const end = () => document.removeEventListener('keydown', hear, true);
  const late = setTimeout(end, LATEST_MS);
  return () => {
    clearTimeout(late);
    end();
    const heard = text;
    text = '';
    return heard;
  };
}
