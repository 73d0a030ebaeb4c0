/**
 * Reads vitest's JSON report and prints what failed, a line each, and as the last line
 * `N passed, N failed, N skipped`.
 *
 *     node test/lab/summary.mjs REPORT STATUS
 *
 * STATUS is vitest's own. A file that does not load, and a vitest that fails without a failed test,
 * count as one failure each. Ends with status 0 only when tests passed and none failed.
 *
 * @module
 */
import { readFileSync } from 'node:fs';
import { relative } from 'node:path';

/** Where a log is cut, its end is what is left: so the names come here once more. */
function tell({ name }, what, message = '') {
  const lines = message.split('\n').filter((line) => line.trim() !== '');
  const reason = lines.slice(0, MOST_LINES).map((line) => `    ${line.trimEnd()}`);
  console.log([`failed: ${relative('', name)}: ${what}`, ...reason].join('\n'));
}

/** Lines of a failure's message that are told. */
const MOST_LINES = 12;

const [report = '', status = '1'] = process.argv.slice(2);
const counts = { passed: 0, failed: 0, skipped: 0 };

try {
  for (const file of JSON.parse(readFileSync(report, 'utf8')).testResults) {
    const failedBefore = counts.failed;
    for (const test of file.assertionResults) {
      if (test.status === 'passed') counts.passed += 1;
      else if (test.status === 'failed') counts.failed += 1;
      else counts.skipped += 1;
      if (test.status === 'failed') tell(file, test.fullName, test.failureMessages[0]);
    }
    if (file.status === 'failed' && counts.failed === failedBefore) {
      counts.failed += 1;
      tell(file, 'does not load', file.message);
    }
  }
} catch (error) {
  console.log(`no report of the tests: ${error.message}`);
}
if (status !== '0' && counts.failed === 0) {
  console.log(`vitest failed outside of the tests, with status ${status}`);
  counts.failed += 1;
}
if (counts.passed === 0) console.log('no test passed');

console.log(`${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`);
process.exitCode = counts.failed === 0 && counts.passed > 0 ? 0 : 1;
