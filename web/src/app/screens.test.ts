import { expect, it } from 'vitest';
import { SCREENS } from '../../screens.mjs';
import { router } from './router';

/** Routes that show something: the others send on to another address. */
const shown = Object.values(router.routesByPath as Record<string, AnyShown>)
  .filter((route) => route.options.component !== undefined)
  .map((route) => route.fullPath);
type AnyShown = { fullPath: string; options: { component?: unknown } };

const pictured = new Set(
  Object.values(SCREENS)
    .flatMap((screens) => Object.values(screens))
    .map((screen) => (typeof screen === 'string' ? screen : screen.route)),
);

it('every route of the app is among the screens that are pictured and looked at', () => {
  expect(shown.length).toBeGreaterThan(60);
  expect(shown.filter((path) => !pictured.has(path))).toEqual([]);
});
