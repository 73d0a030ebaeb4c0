import { beforeEach, describe, expect, test } from 'vitest';
import type { Step } from '../../config/index.ts';
import { collect } from '../../ipsec/backend.ts';
import { MemoryBackend } from '../../ipsec/memory-backend.ts';
import type { NameSources } from './names.ts';
import { parseCommand } from './options.ts';
import { carryOut, type Output, readFiles, type SourceFile } from './run.ts';

const KEY = `0x${'46915c30ed7e2465'.repeat(4)}`;
const ADD = `add 10.9.0.1 10.9.0.2 ah 0x200 -A hmac-sha256-128 ${KEY};`;
const ADD_OTHER = `add 10.9.0.2 10.9.0.1 ah 0x300 -A hmac-sha256-128 ${KEY};`;
const OUT = 'spdadd 10.9.0.1 10.9.0.2 any -P out ipsec ah/transport//require;';
const IN = 'spdadd 10.9.0.2 10.9.0.1 any -P in ipsec ah/transport//require;';

/** A run of `setkey -f` on tables in memory. */
class Run {
  readonly backend = new MemoryBackend(() => 0);
  printed = '';
  reported = '';
  /** What names were looked up, in vain unless they stand in the tables. */
  readonly asked: string[] = [];
  readonly hosts = new Map<string, readonly string[]>();
  readonly sources: NameSources = {
    addressesOf: async (host) => {
      this.asked.push(host);
      const addresses = this.hosts.get(host);
      if (addresses === undefined) throw Object.assign(new Error('no'), { code: 'ENOTFOUND' });
      return addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));
    },
    services: async () => 'http 80/tcp\n',
  };
  readonly output: Output = {
    print: async (pieces) => {
      for await (const piece of pieces) this.printed += piece;
    },
    report: (text) => {
      this.reported += text;
    },
  };

  async read(files: readonly SourceFile[], ...words: string[]): Promise<readonly Step[] | null> {
    return readFiles(files, parseCommand([...words, '-c']), this.output, this.sources);
  }

  /** The exit status for one file. */
  async load(text: string, ...words: string[]): Promise<number> {
    return this.loadAll([{ name: 'a.conf', text }], ...words);
  }

  async loadAll(files: readonly SourceFile[], ...words: string[]): Promise<number> {
    const steps = await this.read(files, ...words);
    if (steps === null) return 1;
    return carryOut(steps, this.backend, parseCommand([...words, '-c']), this.output);
  }

  /** How many SAs and policies there are. */
  async counts(): Promise<readonly [number, number]> {
    return [
      (await collect(this.backend.sas())).length,
      (await collect(this.backend.policies())).length,
    ];
  }
}

let run: Run;

beforeEach(() => {
  run = new Run();
});

describe('a file', () => {
  test('is carried out without a word', async () => {
    expect(await run.load(`flush; spdflush; ${ADD} ${ADD_OTHER} ${OUT} ${IN}`)).toBe(0);
    // The inbound policy has a forward twin.
    expect(await run.counts()).toEqual([2, 3]);
    expect([run.printed, run.reported]).toEqual(['', '']);
  });

  test('that is empty changes nothing', async () => {
    expect(await run.load('# nothing\n')).toBe(0);
    expect(await run.counts()).toEqual([0, 0]);
  });

  test('has no forward twins under -k', async () => {
    expect(await run.load(`${OUT} ${IN}`, '-k')).toBe(0);
    expect(await run.counts()).toEqual([0, 2]);
  });

  test('has the ICV of RFC 4868 under --rfc4868, and the classic one without', async () => {
    const text = `add 10.9.0.1 10.9.0.2 ah 0x200 -A hmac-sha256 "${'k'.repeat(32)}";`;
    const icvOf = async (...words: string[]) => {
      expect(await run.load(`flush; ${text}`, ...words)).toBe(0);
      return (await collect(run.backend.sas()))[0]?.parameters.integrity?.icvLength;
    };
    expect([await icvOf(), await icvOf('--rfc4868')]).toEqual([12, 16]);
  });

  test('tells under -v what was done, once it was done', async () => {
    expect(await run.load(`flush;\n${OUT}`, '-v')).toBe(0);
    expect(run.reported).toContain('a.conf:1: done: flush\n');
    expect(run.reported).toContain('a.conf:2: done: spdadd 10.9.0.1 10.9.0.2 any -P out');
  });
});

describe('an error in the text', () => {
  test('keeps the whole file from being carried out', async () => {
    expect(await run.load(`${ADD}\n${OUT}\nspdadd nonsense;\n`)).toBe(1);
    expect(await run.counts()).toEqual([0, 0]);
    expect(run.reported).toMatch(/^a\.conf:3:\d+: error: /m);
  });

  test('keeps every other file from being carried out, and all errors are told', async () => {
    const files = [
      { name: 'good.conf', text: ADD },
      { name: 'bad.conf', text: 'ad;' },
      { name: 'worse.conf', text: 'spdadd;' },
    ];
    expect(await run.loadAll(files)).toBe(1);
    expect(await run.counts()).toEqual([0, 0]);
    expect(run.reported).toMatch(/^bad\.conf:1:1: error: /m);
    expect(run.reported).toMatch(/^worse\.conf:1:\d+: error: /m);
    expect(run.reported).not.toMatch(/^good\.conf/m);
  });

  test('shows no key', async () => {
    expect(
      await run.read([{ name: 'a.conf', text: ADD.replace('hmac-sha256-128', 'hmac-sha9') }]),
    ).toBeNull();
    expect(run.reported).toContain('error: ');
    expect(run.reported).not.toContain(KEY.slice(2, 10));
  });
});

describe('names', () => {
  test('are looked up, once in a file each', async () => {
    run.hosts.set('alice', ['10.9.0.1', '2001:db8::1']).set('bob', ['10.9.0.2', '10.9.0.3']);
    const add = ADD.replace('10.9.0.1 10.9.0.2', 'alice bob');
    const text = `${add}\nget bob bob ah 0x200; spdadd 0.0.0.0/0[http] 10.9.0.2 tcp -P out none;`;
    const status = await run.load(text);
    expect([status, run.reported]).toEqual([0, '']);
    expect(await run.counts()).toEqual([2, 1]);
    expect(run.asked).toEqual(['alice', 'bob']);
    expect(run.printed.match(/^\S.*$/gm)).toEqual(['10.9.0.1 10.9.0.2 ', '10.9.0.1 10.9.0.3 ']);
  });

  test('that nobody knows are errors with a place, and nothing is done', async () => {
    expect(await run.load(`${ADD_OTHER}\n${ADD.replace('10.9.0.2', 'bob')}`)).toBe(1);
    expect(run.reported).toMatch(
      /^a\.conf:2:14: error: cannot find the address of "bob": no such host is known/m,
    );
    expect(await run.counts()).toEqual([0, 0]);
  });

  test('of a file without any are not looked up', async () => {
    expect(await run.load(`${ADD} ${ADD.replace('10.9.0.1', '-n alice')}`)).toBe(1);
    expect(run.asked).toEqual([]);
  });
});

describe('several files', () => {
  test('are as if they were one, but that exit ends one alone', async () => {
    const files = [
      { name: 'a.conf', text: `#!/usr/sbin/setkey -f\n${ADD} exit; ${ADD}` },
      { name: 'b.conf', text: ADD_OTHER },
    ];
    expect(await run.loadAll(files)).toBe(0);
    expect(await run.counts()).toEqual([2, 0]);
  });
});

describe('a warning', () => {
  test('is told, and stops nothing', async () => {
    expect(await run.load(OUT)).toBe(0);
    expect(run.reported).toMatch(/^a\.conf:1:1: warning: /m);
    expect(await run.counts()).toEqual([0, 1]);
  });
});

describe('a statement that the backend refuses', () => {
  test('is named by file, line and column, with its text and without its key', async () => {
    expect(await run.load(`${OUT}\n  ${ADD}\n${ADD}\n`)).toBe(1);
    const [first, ...rest] = run.reported.split('\n').slice(-3);
    expect(first).toBe(
      'a.conf:3:1: error: there is an SA ah 0x00000200 to 10.9.0.2; nothing was changed',
    );
    expect(rest).toEqual([expect.stringMatching(/^ {4}add 10\.9\.0\.1 10\.9\.0\.2 ah 0x200 /), '']);
    expect(run.reported).not.toContain(KEY.slice(2, 10));
  });

  test('leaves everything as it was, flushes before it included', async () => {
    await run.load(`${ADD} ${OUT}`);
    const missing = 'delete 10.9.0.1 10.9.0.2 ah 0x999;';
    expect(await run.load(`flush; spdflush; ${ADD_OTHER}\n${missing}`)).toBe(1);
    expect(await run.counts()).toEqual([1, 1]);
    expect(run.reported).toMatch(/^a\.conf:2:1: error: there is no SA ah 0x00000999/m);
  });

  test('in the second file undoes the first', async () => {
    const files = [
      { name: 'a.conf', text: ADD },
      { name: 'b.conf', text: `\n\t${ADD}` },
    ];
    expect(await run.loadAll(files)).toBe(1);
    expect(await run.counts()).toEqual([0, 0]);
    expect(run.reported).toMatch(/^b\.conf:2:2: error: /m);
  });

  test('is the forward twin of the inbound policy that was written', async () => {
    const forward = IN.replace('-P in', '-P fwd');
    expect(await run.load(`${OUT} ${forward}\n${IN}`)).toBe(1);
    expect(run.reported).toMatch(/^a\.conf:2:1: error: .*; nothing was changed$/m);
    expect(await run.counts()).toEqual([0, 0]);
  });

  test('after a dump says from where on nothing was changed', async () => {
    expect(await run.load(`${ADD}\ndump;\n${ADD_OTHER}\n${ADD}`)).toBe(1);
    expect(run.reported).toMatch(
      /^a\.conf:4:1: error: there is an SA .*; nothing was changed after a\.conf:2$/m,
    );
    // What was dumped had been committed.
    expect(await run.counts()).toEqual([1, 0]);
  });
});

describe('dumps in between', () => {
  test('show what was done before them, and not what comes after', async () => {
    expect(await run.load(`dump; spddump; ${ADD} ${OUT} dump; spddump; flush; dump;`)).toBe(0);
    // The first line of each entry, or the sentence that there is none.
    expect(run.printed.match(/^\S.*$/gm)).toEqual([
      'No SAD entries.',
      'No SPD entries.',
      '10.9.0.1 10.9.0.2 ',
      '10.9.0.1[any] 10.9.0.2[any] 255',
      'No SAD entries.',
    ]);
  });

  test('of one protocol leave the other out', async () => {
    const esp = `add 10.9.0.1 10.9.0.2 esp 0x201 -E aes-cbc "${'k'.repeat(16)}";`;
    await run.load(`${ADD} ${esp} dump ah; dump esp;`);
    expect(run.printed.match(/\t(ah|esp) mode/g)).toEqual(['\tah mode', '\tesp mode']);
    expect(run.printed.match(/sadb_seq=0/g)).toHaveLength(2);
  });

  test('show ports under -p', async () => {
    await run.load(`${ADD} dump;`, '-p');
    expect(run.printed).toMatch(/^10\.9\.0\.1\[0\] 10\.9\.0\.2\[0\] \n/);
  });

  test('of one SA show it, or fail where there is none', async () => {
    expect(await run.load(`${ADD}\nget 10.9.0.1 10.9.0.2 ah 0x200;`)).toBe(0);
    expect(run.printed).toMatch(/^10\.9\.0\.1 10\.9\.0\.2 \n\tah mode=transport spi=512/);
    expect(await run.load(`get 10.9.0.1 10.9.0.2 ah 0x201;\n${ADD_OTHER}`)).toBe(1);
    expect(run.reported).toMatch(
      /^a\.conf:1:1: error: there is no SA ah 0x00000201 to 10\.9\.0\.2/m,
    );
    expect(await run.counts()).toEqual([1, 0]);
  });
});

describe('getspi', () => {
  test('prints the larval SA, which an add completes', async () => {
    const text = 'getspi 10.9.0.1 10.9.0.2 ah 0x200 -u 5;';
    expect(await run.load(text)).toBe(0);
    expect(run.printed).toMatch(
      /^10\.9\.0\.1 10\.9\.0\.2 \n\tah mode=transport spi=512\(0x00000200\) reqid=5\(0x00000005\)\n/,
    );
    expect(run.printed).toContain(' state=larval \n');
    expect(run.printed).toContain('\thard: 30(s)\t');
    expect(await run.load(`${ADD} dump;`)).toBe(0);
    expect(run.printed).toContain(' state=mature \n');
    expect(await run.counts()).toEqual([1, 0]);
  });

  test('of an SPI that is taken is refused, and says since when nothing was done', async () => {
    const text = `${ADD}\n  getspi 10.9.0.1 10.9.0.2 ah 0x200;\n${OUT}`;
    expect(await run.load(text)).toBe(1);
    expect(run.reported).toMatch(
      /^a\.conf:2:3: error: no SPI from 0x00000200 to 0x00000200 is free\n {4}getspi 10/m,
    );
    // What stood before it had been committed, what stands behind it was not looked at.
    expect(await run.counts()).toEqual([1, 0]);
    expect(await run.load(text.replace(ADD, ''), '--keep-going')).toBe(1);
    expect(await run.counts()).toEqual([1, 1]);
  });

  test('reserves nothing where a later refusal takes changes back', async () => {
    expect(await run.load(`getspi 10.9.0.1 10.9.0.2 ah 0x200; ${ADD} ${ADD}`)).toBe(1);
    expect((await collect(run.backend.sas())).map(({ state }) => state)).toEqual(['larval']);
    expect(run.reported).toContain('; nothing was changed after a.conf:1');
  });

  test('is an object under --json', async () => {
    await run.load('getspi 10.9.0.1 10.9.0.2 ah 0;', '--json');
    expect(JSON.parse(run.printed)).toMatchObject({ type: 'sa', state: 'larval', protocol: 'ah' });
  });
});

describe('under --keep-going', () => {
  const keepGoing = (text: string) => run.load(text, '--keep-going');

  test('a refused statement is told with its place and its reason, and the rest is done', async () => {
    expect(await keepGoing(`${ADD}\n  ${ADD}\n${ADD_OTHER}\n${OUT}`)).toBe(1);
    expect(await run.counts()).toEqual([2, 1]);
    expect(run.reported).toMatch(
      /^a\.conf:2:3: error: there is an SA ah 0x00000200 to 10\.9\.0\.2; not done\n {4}add 10/m,
    );
    expect(run.reported.match(/error: /g)).toHaveLength(1);
    expect(run.reported).not.toContain(KEY.slice(2, 10));
  });

  test('every refused statement is told', async () => {
    const missing = 'delete 10.9.0.1 10.9.0.2 ah 0x999;';
    expect(await keepGoing(`${missing}\n${ADD}\n${missing}\n${OUT}\n${OUT}`)).toBe(1);
    expect(run.reported.match(/^a\.conf:\d+:1: error: /gm)).toEqual([
      'a.conf:1:1: error: ',
      'a.conf:3:1: error: ',
      'a.conf:5:1: error: ',
    ]);
  });

  test('the status is 0 where nothing is refused', async () => {
    expect(await keepGoing(`flush; spdflush; ${ADD} ${OUT} ${IN}`)).toBe(0);
    expect(await run.counts()).toEqual([1, 3]);
  });

  test('a statement that makes two changes makes both or none', async () => {
    const forward = IN.replace('-P in', '-P fwd');
    expect(await keepGoing(`${forward} ${IN} ${OUT}`)).toBe(1);
    expect(await run.counts()).toEqual([0, 2]);
  });

  test('dumps show what was done so far, and a get without an answer ends nothing', async () => {
    expect(await keepGoing(`${ADD} ${ADD} get 10.9.0.1 10.9.0.2 ah 0x9; dump; ${OUT}`)).toBe(1);
    expect(run.printed.match(/\tah mode/g)).toHaveLength(1);
    expect(run.reported).toContain('there is no SA ah 0x00000009');
    expect(await run.counts()).toEqual([1, 1]);
  });

  test('an error in the text still keeps everything from being carried out', async () => {
    expect(await keepGoing(`${ADD}\nspdadd nonsense;\n${OUT}`)).toBe(1);
    expect(await run.counts()).toEqual([0, 0]);
  });

  test('what was done is told under -v, and what was not is not', async () => {
    await run.load(`${ADD}\n${ADD}\n${OUT}`, '--keep-going', '-v');
    expect(run.reported.match(/^a\.conf:\d+: done: /gm)).toEqual([
      'a.conf:1: done: ',
      'a.conf:3: done: ',
    ]);
  });
});

describe('dumps under --json', () => {
  test('are an object a line, of dump, get and spddump alike', async () => {
    const text = `${ADD} ${OUT} dump; get 10.9.0.1 10.9.0.2 ah 0x200; spddump; flush; dump;`;
    expect(await run.load(text, '--json')).toBe(0);
    const objects = run.printed
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line));
    expect(objects.map(({ version, type }) => [version, type])).toEqual([
      [1, 'sa'],
      [1, 'sa'],
      [1, 'policy'],
    ]);
    expect(run.printed).not.toContain(KEY.slice(2));
  });

  test('have the keys under --show-keys', async () => {
    await run.load(`${ADD} dump;`, '--json', '--show-keys');
    expect(JSON.parse(run.printed)).toMatchObject({ integrity: { key: KEY.slice(2) } });
  });
});

describe('a backend that fails for another reason', () => {
  test('has its error passed on', async () => {
    const broken = Object.assign(new MemoryBackend(() => 0), {
      commit: () => Promise.reject(new Error('the daemon is gone')),
    });
    const steps = (await run.read([{ name: 'a.conf', text: ADD }])) ?? [];
    const command = parseCommand(['-c']);
    await expect(carryOut(steps, broken, command, run.output)).rejects.toThrow('daemon is gone');
  });
});

test('a file may have more statements than a call has room for arguments', async () => {
  const file = { name: 'a', text: 'flush;'.repeat(200_000) };
  const output: Output = { print: () => Promise.resolve(), report: () => undefined };
  expect(await readFiles([file], parseCommand(['-c']), output)).toHaveLength(200_000);
});
