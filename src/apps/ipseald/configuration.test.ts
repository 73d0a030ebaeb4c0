import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { makeTemporaryDirectory } from '../../../test/lab/cleanup.ts';
import { addSa, ahSa } from '../../../test/support/sas.ts';
import { ChangeRefused, collect } from '../../ipsec/backend.ts';
import type { Change } from '../../ipsec/change.ts';
import { MemoryBackend } from '../../ipsec/memory-backend.ts';
import { formatSaId } from '../../ipsec/sa-parameters.ts';
import type { Outcome } from '../configuration/outcome.ts';
import { Configuration } from './configuration.ts';

const KEY = `0x${'46915c30ed7e2465'.repeat(4)}`;
const OTHER_KEY = `0x${'0123456789abcdef'.repeat(4)}`;
const add = (spi: string, key = KEY) =>
  `add 10.9.0.1 10.9.0.2 ah ${spi} -A hmac-sha256-128 ${key};\n`;
const OUT = 'spdadd 10.9.0.1 10.9.0.2 any -P out ipsec ah/transport//require;\n';
const ICMP = 'spdadd 10.9.0.1 10.9.0.2 icmp -P out none;\n';
const FLUSH = 'flush; spdflush;\n';

/** Tables in memory that keep what was asked of them. */
class Recording extends MemoryBackend {
  readonly commits: (readonly Change[])[] = [];
  /** What another program does just before the next commit. */
  meanwhile: readonly Change[] = [];

  override async commit(changes: readonly Change[]): Promise<void> {
    const { meanwhile } = this;
    this.meanwhile = [];
    if (meanwhile.length > 0) await super.commit(meanwhile);
    await super.commit(changes);
    this.commits.push(changes);
  }
}

const directory = makeTemporaryDirectory();
const FILE = join(directory.path, 'a.conf');
let backend: Recording;
let configuration: Configuration;
let reported: string;
let clock: number;

beforeEach(() => {
  clock = 0;
  reported = '';
  backend = new Recording(() => clock);
  configuration = new Configuration([FILE], { rfc4868: false, kernelMode: true }, (text) => {
    reported += text;
  });
});

/** Has the file say `text`, and loads it. */
async function load(text: string): Promise<Outcome<unknown>> {
  clock += 1;
  writeFileSync(FILE, text);
  const steps = await configuration.read();
  return steps.ok ? configuration.apply(steps.value, backend) : steps;
}

/** SAs by SPI with the time when they were added, oldest first, and how many policies there are. */
async function inForce(): Promise<readonly [Record<string, number>, number]> {
  const sas = (await collect(backend.sas())).reverse();
  const policies = await collect(backend.policies());
  const named = sas.map(({ parameters, addedAt }) => [parameters.spi.toString(16), addedAt]);
  return [Object.fromEntries(named), policies.length];
}

describe('a file that says all', () => {
  test('is put in force, and what it does not change is left alone when it is read again', async () => {
    expect(await load(`${FLUSH}${add('0x200')}${add('0x201')}${OUT}`)).toEqual({
      ok: true,
      value: { sas: 2, policies: 1, changes: 3 },
    });
    expect(await load(`${FLUSH}${add('0x200')}${add('0x202')}${ICMP}${OUT}`)).toEqual({
      ok: true,
      value: { sas: 2, policies: 2, changes: 4 },
    });
    expect(await inForce()).toEqual([{ 200: 1, 202: 2 }, 2]);
    const [, last] = backend.commits;
    expect(last?.map(({ kind }) => kind)).toEqual([
      'add-sa',
      'delete-sa',
      'add-policy',
      'update-policy',
    ]);
  });

  test('changes nothing when it says the same, and has the backend look once more', async () => {
    await load(`${FLUSH}${add('0x200')}${OUT}`);
    expect(await load(`# the same\n${FLUSH}${OUT}${add('0x200')}`)).toMatchObject({
      value: { changes: 0 },
    });
    expect(backend.commits[1]).toEqual([]);
  });

  test('takes away what others added', async () => {
    await load(FLUSH);
    await backend.commit([addSa(ahSa({ spi: 0x300 }))]);
    expect(await load(FLUSH)).toMatchObject({ ok: true });
    expect(await inForce()).toEqual([{}, 0]);
  });

  test('puts an SA with another key in the place of the old one', async () => {
    await load(`${FLUSH}${add('0x200')}`);
    await load(`${FLUSH}${add('0x200', OTHER_KEY)}`);
    expect(await inForce()).toEqual([{ 200: 2 }, 0]);
  });
});

describe('a file that adds to what is there', () => {
  test('leaves what others added, and takes away only what it brought', async () => {
    await backend.commit([addSa(ahSa({ spi: 0x300 }))]);
    await load(`${add('0x200')}${add('0x201')}${OUT}`);
    expect(await inForce()).toEqual([{ 300: 0, 200: 1, 201: 1 }, 1]);
    await load(`${add('0x201')}${add('0x202')}`);
    expect(await inForce()).toEqual([{ 300: 0, 201: 1, 202: 2 }, 0]);
  });

  test('is refused where it adds what others have, with its place', async () => {
    await backend.commit([addSa(ahSa({ spi: 0x200 }))]);
    const complaint = `${FILE}:2:1: error: there is an SA ${formatSaId(ahSa())}; nothing was changed`;
    expect(await load(`# mine\n${add('0x200')}`)).toEqual({ ok: false, complaint });
    expect(reported).toContain(`${complaint}\n    add 10.9.0.1 10.9.0.2 ah 0x200`);
    expect(reported).not.toContain('46915c30');
  });

  test('brings back what somebody took away', async () => {
    await load(add('0x200'));
    await backend.commit([{ kind: 'flush-sas', protocol: null }]);
    expect(await load(add('0x200'))).toMatchObject({ value: { changes: 1 } });
  });
});

describe('what is wrong', () => {
  const GOOD = `${FLUSH}${add('0x200')}${OUT}`;

  test('with the text is told with its place, and nothing changes', async () => {
    await load(GOOD);
    const outcome = await load(`${GOOD}spdadd 10.9.0.1 10.9.0.2 any -P up none;`);
    expect(outcome).toMatchObject({
      ok: false,
      complaint: expect.stringMatching(/a\.conf:4:\d+: error: "up" /),
    });
    expect(reported).toContain('  expected: ');
    expect(await inForce()).toEqual([{ 200: 1 }, 1]);
    expect(backend.commits).toHaveLength(1);
  });

  test('with what it asks for is told with its place, too', async () => {
    await load(GOOD);
    expect(await load(`${GOOD}${add('0x201')}${add('0x201', OTHER_KEY)}`)).toMatchObject({
      complaint: expect.stringMatching(/a\.conf:5:1: error: there is an SA ah 0x00000201/),
    });
    expect(await inForce()).toEqual([{ 200: 1 }, 1]);
  });

  test('in the eyes of the backend is told with the place of what it will not have', async () => {
    await load(GOOD);
    backend.commit = async (changes) => {
      throw new ChangeRefused(changes.length - 1, 'unsupported', 'no such thing');
    };
    expect(await load(`${GOOD}${add('0x201')}`)).toMatchObject({
      complaint: expect.stringMatching(/a\.conf:4:1: error: no such thing; nothing was changed/),
    });
  });

  test.each(['', '# nothing\n', 'dump;'])('is what says nothing: %j', async (text) => {
    await load(GOOD);
    expect(await load(text)).toEqual({
      ok: false,
      complaint: `${FILE}: no statement that says anything; where nothing shall be in force, write "flush; spdflush;"`,
    });
    expect(await inForce()).toEqual([{ 200: 1 }, 1]);
  });

  test('with the file itself is told', async () => {
    await load(GOOD);
    rmSync(FILE);
    expect(await configuration.read()).toEqual({
      ok: false,
      complaint: `Can't open \`${FILE}': No such file or directory`,
    });
    expect(reported).toContain(`Can't open \`${FILE}'`);
  });

  test('with the backend has no place in a file', async () => {
    backend.commit = async () => {
      throw new ChangeRefused(0, 'failed', 'Cannot install the guard: ENOBUFS');
    };
    expect(await load(GOOD)).toEqual({
      ok: false,
      complaint: 'Cannot install the guard: ENOBUFS',
    });
  });
});

test('what others change meanwhile is seen, and the difference worked out anew', async () => {
  await load(`${FLUSH}${add('0x200')}`);
  backend.meanwhile = [{ kind: 'delete-sa', id: ahSa({ spi: 0x200 }) }];
  expect(await load(`${FLUSH}${add('0x201')}`)).toMatchObject({ value: { sas: 1, changes: 1 } });
  expect(await inForce()).toEqual([{ 201: 2 }, 0]);
});

test('statements that print are passed over', async () => {
  expect(await load(`${FLUSH}${add('0x200')}dump; spddump;`)).toMatchObject({
    value: { sas: 1, changes: 1 },
  });
});

test('warnings are reported and keep nothing from being done', async () => {
  const text = `${FLUSH}add 10.9.0.1 10.9.0.2 ah 0x200 -A hmac-md5 0x${'01'.repeat(16)};`;
  expect(await load(text)).toMatchObject({ ok: true });
  expect(reported).toContain('warning: hmac-md5 is ');
});
