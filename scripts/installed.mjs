// Exits 0 when web/node_modules holds what web/package-lock.json names.
import { readFileSync } from 'node:fs';

const read = (path) => JSON.parse(readFileSync(new URL(path, import.meta.url), 'utf8')).packages;
try {
  const locked = read('../web/package-lock.json');
  const installed = read('../web/node_modules/.package-lock.json');
  const wrong = Object.entries(locked).find(
    ([path, pack]) =>
      path !== '' &&
      (installed[path] ? installed[path].version !== pack.version : !(pack.optional || pack.peer)),
  );
  if (wrong) throw new Error(`${wrong[0]} is not ${wrong[1].version}`);
} catch (error) {
  console.error(`web/node_modules: ${error.message}`);
  process.exit(1);
}
