/**
 * Reads vitest's JSON report and prints, as the last line, `N passed, N failed, N skipped`.
 *
 *     node test/lab/summary.mjs REPORT STATUS
 *
 * STATUS is vitest's own. A file that does not load, and a vitest that fails without a failed test,
 * count as one failure each. Ends with status 0 only when tests passed and none failed.
 *
 * @module
 */
import { readFileSync } from 'node:fs';

const [report = '', status = '1'] = process.argv.slice(2);
const counts = { passed: 0, failed: 0, skipped: 0 };

try {
  for (const file of JSON.parse(readFileSync(report, 'utf8')).testResults) {
    const failedBefore = counts.failed;
    for (const test of file.assertionResults) {
      if (test.status === 'passed') counts.passed += 1;
      else if (test.status === 'failed') counts.failed += 1;
      else counts.skipped += 1;
    }
    if (file.status === 'failed' && counts.failed === failedBefore) counts.failed += 1;
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
