/**
 * The command as it is built, and its page.
 *
 * @module
 */
import {
  chmodSync,
  copyFileSync,
  existsSync,
  lstatSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { run } from '../../../../test/lab/command.ts';
import { GAZETTE } from '../../../../test/support/examples.ts';
import { commandPath, PROJECT } from '../../../../test/support/hosts.ts';
import { transcriptDifference, transcriptUnder } from '../../../../test/support/transcript.ts';
import { TABLE } from '../../../config/lint/entries.ts';

const PAGE = readFileSync(join(PROJECT, 'docs', 'check.md'), 'utf8');
const built = existsSync(join(PROJECT, 'dist', 'apps', 'ipseal', 'check', 'check.js'));
if (!built) writeSync(2, 'skipped: ipseal check as a command, which "make build" makes\n');

let directory: string;

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'ipseal-check-'));
});

afterAll(() => {
  rmSync(directory, { recursive: true, force: true });
});

/** Writes `lines` to the file called `name`, and returns its path. */
function write(name: string, lines: readonly string[], mode = 0o600): string {
  const path = join(directory, name);
  writeFileSync(path, lines.map((line) => `${line}\n`).join(''));
  chmodSync(path, mode);
  return path;
}

function ipseal(words: readonly string[], input?: string) {
  const more = input === undefined ? {} : { input };
  return run([commandPath('ipseal'), 'check', ...words], {
    cwd: directory,
    timeoutMs: 60_000,
    ...more,
  });
}

const POLICIES = [
  'spdflush;',
  'spdadd 10.9.0.1 10.9.0.2 any -P out ipsec esp/transport//require;',
  'spdadd 10.9.0.2 10.9.0.1 any -P in ipsec esp/transport//require;',
];

describe.runIf(built)('ipseal check', () => {
  test('ends with 0, 1 or 2', async () => {
    const sane = write('sane.conf', POLICIES);
    const one = write('one.conf', POLICIES.slice(0, 2));
    const warned = write('warned.conf', POLICIES.slice(1));
    const ends = [
      [[sane], 0, '1 file: nothing found'],
      [[sane, one], 1, '2 files: 1 error, 0 warnings'],
      [[warned], 0, '1 file: 0 errors, 1 warning'],
      [['--strict', warned], 1, '1 file: 0 errors, 1 warning'],
      [['--strict', '--ignore', 'missing-flush', warned], 0, '1 file: nothing found'],
      [['--peer', sane, sane], 1, '2 differences'],
      [['--list'], 0, 'peer-level'],
    ] as const;
    const misuses = [
      [[], 'name the files'],
      [['--nonsense'], 'unknown option'],
      [['--ignore', 'nonsense', sane], 'there is no code nonsense'],
      [['--peer', sane], '--peer takes two files'],
      [['--json', '--sarif', sane], 'exclude each other'],
      [['--fix', '-'], 'cannot change standard input'],
      [[join(directory, 'absent.conf')], 'No such file or directory'],
    ] as const;
    for (const [words, status, output] of ends) {
      const result = await ipseal(words);
      expect(result.stdout, words.join(' ')).toContain(output);
      expect(result.status, words.join(' ')).toBe(status);
      expect(result.stderr).toBe('');
    }
    for (const [words, complaint] of misuses) {
      const result = await ipseal(words);
      expect(result.stderr, words.join(' ')).toContain(complaint);
      expect(result.status, words.join(' ')).toBe(2);
      expect(result.stdout).toBe('');
    }
  });

  test('reads standard input', async () => {
    const { stdout, status } = await ipseal(['-'], POLICIES.slice(0, 2).join('\n'));
    expect(stdout).toContain('(standard input):2:1: error');
    expect(status).toBe(1);
  });

  test('changes with --fix what may be changed, and keeps the mode and what a link points to', async () => {
    const lines = [...POLICIES, 'spdadd 10.9.0.1 10.9.0.3 any -P out none esp/transport//require;'];
    const path = write('fixed.conf', [...lines.slice(0, 2), ...lines.slice(3)], 0o640);
    const link = join(directory, 'link.conf');
    symlinkSync('fixed.conf', link);
    const { stdout, status } = await ipseal(['--fix', link]);
    expect(lstatSync(link).isSymbolicLink()).toBe(true);
    expect(stdout).toContain(`${link}:3:42: fixed: leave them out, or write ipsec [rules-ignored]`);
    expect(stdout).toContain('1 file: 1 error, 0 warnings; 1 change made');
    expect(status).toBe(1);
    expect(statSync(path).mode & 0o777).toBe(0o640);
    expect(readFileSync(path, 'utf8')).toBe(
      `${POLICIES.slice(0, 2).join('\n')}\nspdadd 10.9.0.1 10.9.0.3 any -P out none ;\n`,
    );
    expect(readdirSync(directory).filter((name) => name.endsWith('.new'))).toEqual([]);
    const again = await ipseal(['--fix', '--ignore', 'missing-inbound-policy', path]);
    expect(again.stdout).toBe('1 file: nothing found\n');
  });

  test('prints JSON of the shape that its page has', async () => {
    const path = write('json.conf', [...POLICIES.slice(0, 2), ';'.replace(';', POLICIES[1] ?? '')]);
    const { stdout, status } = await ipseal(['--json', path]);
    expect(status).toBe(1);
    expect(JSON.parse(stdout)).toEqual({
      version: 1,
      errors: 2,
      warnings: 0,
      files: [
        {
          file: path,
          form: 'setkey',
          findings: [
            {
              severity: 'error',
              code: 'missing-inbound-policy',
              file: path,
              line: 3,
              column: 1,
              length: 64,
              sourceLine: POLICIES[1],
              message: expect.stringContaining('accepted in the clear'),
              expected: null,
              fix: `add the statement ${POLICIES[2]}`,
              fixable: 'fix-also',
            },
            expect.objectContaining({ code: 'duplicate-policy', line: 3, fixable: null }),
          ],
          fixed: [],
        },
      ],
    });
  });

  test('finds the other files of an interface, and tells each finding once', async () => {
    const keys = write('a.keys-x', ['IKE_PSK=foobarbaz']);
    const alone = await ipseal([keys]);
    expect(alone.stderr).toContain(`there is no ${join(directory, 'a.ifcfg-x')}`);
    expect(alone.status).toBe(2);
    const ifcfg = write('a.ifcfg-x', [
      'TYPE=IPsec',
      'DST=192.0.2.2',
      ...['IKE_MODE=main', 'IKE_ENC="aes 256"', 'IKE_AUTH=sha256', 'IKE_DHGROUP=14'],
    ]);
    const place = `${keys}:1:9: error: IKE_PSK is printed`;
    for (const files of [[keys], [ifcfg], [ifcfg, keys]]) {
      const { stdout, status } = await ipseal(files);
      expect(stdout).toContain(place);
      expect(stdout).toMatch(/files?: 1 error, 0 warnings\n$/);
      expect(status).toBe(1);
    }
    const { stdout } = await ipseal(['--json', ifcfg]);
    expect(JSON.parse(stdout).files).toMatchObject([
      { file: ifcfg, form: 'ifcfg', findings: [{ file: keys, line: 1, code: 'published-key' }] },
    ]);
    const sarif = await ipseal(['--sarif', ifcfg]);
    const [{ results, tool }] = JSON.parse(sarif.stdout).runs;
    expect(results).toHaveLength(1);
    expect(tool.driver.rules[results[0].ruleIndex].id).toBe('published-key');
    expect(results[0].locations[0].physicalLocation.artifactLocation.uri).toBe(`file://${keys}`);
    const peers = await ipseal(['--peer', ifcfg, ifcfg]);
    expect(peers.stderr).toContain('--peer compares setkey files');
    expect(peers.status).toBe(2);
  });

  test('prints SARIF 2.1.0', async () => {
    const path = write('sarif.conf', [...POLICIES.slice(0, 2), 'spdadd;']);
    const { stdout } = await ipseal(['--sarif', path, write('one-way.conf', POLICIES.slice(0, 2))]);
    const log = JSON.parse(stdout);
    expect(log.version).toBe('2.1.0');
    expect(log.$schema).toMatch(/sarif.*2\.1\.0/);
    const [{ tool, results, columnKind }] = log.runs;
    expect(columnKind).toBe('utf16CodeUnits');
    const { rules, name } = tool.driver;
    expect(name).toBe('ipseal check');
    // §3.49.3: the ids of one component differ from each other.
    expect(new Set(rules.map(({ id }: { id: string }) => id)).size).toBe(rules.length);
    expect(results).toHaveLength(2);
    for (const { ruleId, ruleIndex, level, message, locations, fixes = [] } of results) {
      if (ruleIndex !== undefined) expect(rules[ruleIndex].id).toBe(ruleId);
      expect(['error', 'warning', 'note', 'none']).toContain(level);
      expect(message.text).toMatch(/\.$/);
      const { artifactLocation, region } = locations[0].physicalLocation;
      expect(artifactLocation.uri).toMatch(/^file:\/\/\/.*\.conf$/);
      expect(region.startLine).toBeGreaterThan(0);
      expect(region.startColumn).toBeGreaterThan(0);
      const isAfter =
        region.endLine > region.startLine ||
        (region.endLine === region.startLine && region.endColumn > region.startColumn);
      expect(isAfter).toBe(true);
      for (const { artifactChanges } of fixes) {
        const [{ deletedRegion, insertedContent }] = artifactChanges[0].replacements;
        expect(deletedRegion.charOffset).toBeGreaterThanOrEqual(0);
        expect(insertedContent.text).toBeDefined();
      }
    }
    expect(results[0].ruleIndex).toBeUndefined();
    expect(results[1].fixes).toHaveLength(1);
  });

  const example = transcriptUnder('A worked example', PAGE);

  test('goes as its page says', async () => {
    copyFileSync(GAZETTE.alice, join(directory, 'alice.conf'));
    copyFileSync(GAZETTE.bob, join(directory, 'bob.conf'));
    for (const name of ['alice.conf', 'bob.conf']) chmodSync(join(directory, name), 0o644);
    for (const name of ['ifcfg-ipsec0', 'keys-ipsec0']) {
      copyFileSync(join(PROJECT, 'examples', 'ifcfg', `alice.${name}`), join(directory, name));
      chmodSync(join(directory, name), 0o644);
    }
    expect(example?.length).toBeGreaterThan(4);
    for (const { command, output } of example ?? []) {
      const env = { PATH: `${join(PROJECT, 'bin')}:${process.env['PATH']}` };
      const { stdout } = await run(['sh', '-c', `exec 2>&1; ${command}`], { cwd: directory, env });
      expect(transcriptDifference(output, stdout), command).toBeNull();
    }
  });
});

describe('docs/check.md', () => {
  test('has every code with its severity, who tells it, what it is and why, and no others', () => {
    const rows = [...PAGE.matchAll(/^\| `([a-z0-9-]+)` \| (error|warning) \| (.*) \|$/gm)];
    const words = {
      setkey: 'loading',
      'ifup-ipsec': 'loading',
      check: 'check',
      peer: '`--peer`',
    } as const;
    expect(rows.map(([, code, severity, rest]) => `${code} ${severity} ${rest}`)).toEqual(
      TABLE.map(
        ({ code, severity, toldBy, title, reason }) =>
          `${code} ${severity} ${words[toldBy]} | ${title} | ${reason}`,
      ),
    );
  });

  test('and the table have each code once', () => {
    expect(new Set(TABLE.map(({ code, form }) => `${form} ${code}`)).size).toBe(TABLE.length);
  });
});
