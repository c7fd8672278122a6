// Runs the browser tests; writes "N passed, N failed" to target/browser-result.
import { spawnSync } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const path = (relative) => fileURLToPath(new URL(relative, import.meta.url));
const target = process.env.CARGO_TARGET_DIR ?? path('../target');
const json = `${target}/browser-result.json`;
const write = (passed, failed) =>
  writeFileSync(`${target}/browser-result`, `${passed} passed, ${failed} failed\n`);

rmSync(json, { force: true });
write(0, 1);
const run = spawnSync(
  process.execPath,
  ['node_modules/@playwright/test/cli.js', 'test', '--reporter=list,json'],
  { cwd: path('../web'), stdio: 'inherit', env: { ...process.env, PLAYWRIGHT_JSON_OUTPUT_NAME: json } },
);
let passed = 0;
let failed = 0;
try {
  const { stats, errors } = JSON.parse(readFileSync(json, 'utf8'));
  // A test that passes only at its second try is a failure to look at.
  passed = stats.expected;
  failed = stats.unexpected + stats.flaky + errors.length;
} catch (error) {
  console.error(`Playwright left no result: ${error.message}`);
}
if (run.status !== 0 && failed === 0) failed = 1;
write(passed, failed);
process.exit(run.status === 0 && failed === 0 && passed > 0 ? 0 : 1);
