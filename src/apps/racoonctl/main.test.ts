/**
 * The command racoonctl in front of the admin socket of a racoon that has no IKE behind it.
 *
 * @module
 */
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { makeTemporaryDirectory, type TemporaryDirectory } from '../../../test/lab/cleanup.ts';
import { inboundSa, pathAt, phase1Status } from '../../../test/support/ike-events.ts';
import { address, selectorBetween } from '../../../test/support/quick-mode.ts';
import type { IkeCommand } from '../../ike/input.ts';
import { endsOf } from '../../ike/path.ts';
import type { SaRecord } from '../../ipsec/backend.ts';
import { UNUSED } from '../../ipsec/record.ts';
import type { ControlServer } from '../control/server.ts';
import type { Administration } from '../racoon/admin/administration.ts';
import { serveAdmin } from '../racoon/admin/serve.ts';
import type { EventKind, ShownEvent } from '../racoon/event-text.ts';
import { main } from './main.ts';

const STARTED = new Date(2026, 10, 21, 16, 29, 9).getTime();
const SECOND = 1000;

let directory: TemporaryDirectory;
let server: ControlServer;
let path: string;
let stdout: string;
let stderr: string;
let racoon: FakeRacoon;

/** Does as it is told, and tells what a racoon would. */
class FakeRacoon implements Administration {
  readonly pid = 924;
  readonly startedAt = STARTED;
  readonly commands: IkeCommand[] = [];
  readonly listeners = new Set<(event: ShownEvent) => void>();
  readonly flushed: (string | null)[] = [];
  records: SaRecord[] = [];
  present = [phase1Status('ff34208fefdad6ce:19ccd36e2449e4ca', STARTED + 11 * SECOND)];
  /** What happens after a command. */
  after: readonly EventKind[] = [];
  events: readonly ShownEvent[] = [];

  now = () => STARTED + 20 * SECOND;
  status = () => ({ phase1: this.present });
  schedule = () => [
    { index: 2, createdAt: STARTED + 13 * SECOND, dueAt: STARTED + 33 * SECOND },
    { index: 10, createdAt: STARTED + 20 * SECOND, dueAt: STARTED + 1820 * SECOND },
  ];
  command(command: IkeCommand) {
    this.commands.push(command);
    this.goOn();
  }
  async establishPhase2() {
    this.goOn();
    return endsOf(pathAt(500));
  }
  goOn() {
    for (const what of this.after) this.tell({ what, path: pathAt(500), selector: null });
    for (const event of this.events) this.tell(event);
  }
  async *sas() {
    yield* this.records;
  }
  async flushSas(protocol: string | null) {
    this.flushed.push(protocol);
  }
  certificate = () => Uint8Array.of(0x30, 0x82);
  logOut = () => 1;
  async reload() {
    return 'reloaded';
  }
  listen(listener: (event: ShownEvent) => void) {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }
  tell(event: ShownEvent) {
    for (const listener of this.listeners) listener(event);
  }
}

/** Serves whatever {@link racoon} is at the time. */
function serveAtPath(): Promise<ControlServer> {
  const present: Administration = new Proxy({} as Administration, {
    get: (_target, key) => {
      const value: unknown = Reflect.get(racoon, key);
      return typeof value === 'function' ? value.bind(racoon) : value;
    },
  });
  const owner = `${process.geteuid?.()}`;
  const group = `${process.getegid?.()}`;
  return serveAdmin({ path, owner, group, mode: 0o660 }, present);
}

beforeAll(async () => {
  directory = makeTemporaryDirectory();
  path = join(directory.path, 'racoon.sock');
  server = await serveAtPath();
});

afterAll(() => {
  server.close();
  directory.remove();
});

beforeEach(() => {
  racoon = new FakeRacoon();
  stdout = '';
  stderr = '';
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    stdout += text.toString();
    return true;
  });
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    stderr += text.toString();
    return true;
  });
});

afterEach(() => {
  vi.restoreAllMocks();
});

const racoonctl = (words: string) => main(['-s', path, ...words.split(' ')]);

test('the socket is for whom the configuration says', () => {
  expect(statSync(path).mode & 0o777).toBe(0o660);
});

test('show-sa isakmp', async () => {
  expect(await racoonctl('show-sa isakmp')).toBe(0);
  expect(stdout).toBe(
    'Destination            Cookies                           Created\n' +
      '10.9.0.2.500           ff34208fefdad6ce:19ccd36e2449e4ca 2026-11-21 16:29:20 \n',
  );
});

test('show-sa esp is the dump of setkey, with the number of racoon’s process', async () => {
  const parameters = inboundSa(249537374);
  racoon.records = [{ ...UNUSED, parameters, state: 'mature', addedAt: STARTED }];
  expect(await racoonctl('ss esp')).toBe(0);
  expect(stdout).toContain('esp mode=transport spi=249537374(0x0edfa35e)');
  expect(stdout).toContain('sadb_seq=0 pid=924 refcnt=0\n');
});

test('show-sa ah without any says so', async () => {
  racoon.records = [{ ...UNUSED, parameters: inboundSa(1000), state: 'mature', addedAt: STARTED }];
  expect(await racoonctl('show-sa ah')).toBe(0);
  expect(stdout).toBe('No SAD entries.\n');
});

test('a dump of many SAs comes in parts', async () => {
  racoon.records = Array.from({ length: 200 }, (_, k) => ({
    ...UNUSED,
    parameters: inboundSa(1000 + k),
    state: 'mature' as const,
    addedAt: STARTED,
  }));
  expect(await racoonctl('show-sa ipsec')).toBe(0);
  expect(stdout.match(/^\tesp mode/gm)).toHaveLength(200);
});

test('as JSON, an SA has no keys', async () => {
  racoon.records = [{ ...UNUSED, parameters: inboundSa(1000), state: 'mature', addedAt: STARTED }];
  expect(await racoonctl('--json show-sa esp')).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({ type: 'sa', spi: 1000 });
  expect(stdout).not.toContain('"key"');
});

test('show-schedule', async () => {
  expect(await racoonctl('show-schedule')).toBe(0);
  expect(stdout).toBe(
    'index    tick     xtime    created\n' +
      '2        20       33       2026-11-21 16:29:22\n' +
      '10       1800     1820     2026-11-21 16:29:29\n',
  );
});

test('establish-sa -w waits for its end and says so', async () => {
  racoon.present = [];
  racoon.after = ['phase1-established', 'mode-config-done'];
  expect(await racoonctl('establish-sa -w isakmp inet 10.9.0.1 10.9.0.2')).toBe(0);
  expect(stdout).toBe('VPN connexion established\n');
  expect(racoon.commands).toMatchObject([{ kind: 'establish-phase1', name: null, login: null }]);
});

test('establish-sa of what is established does nothing, with status 0', async () => {
  expect(await racoonctl('establish-sa -w isakmp inet 10.9.0.1 10.9.0.2')).toBe(0);
  expect(stdout).toBe('');
  expect(racoon.commands).toEqual([]);
});

test('establish-sa -w of what cannot be ends with status 1', async () => {
  racoon.present = [];
  racoon.after = ['phase1-no-answer'];
  expect(await racoonctl('es -w isakmp inet 10.9.0.1 10.9.0.2')).toBe(1);
  expect(stdout).toBe('Phase 1 error: peer not responding : 10.9.0.1[500] -> 10.9.0.2[500]\n');
});

const NETWORKS = 'esp inet 10.1.0.0/16[0] 10.2.0.0/16[0] any';
const OWN = selectorBetween('10.1.0.0/16', '10.2.0.0/16');
const OTHER = selectorBetween('10.1.0.0/16', '10.3.0.0/16');
const OTHER_PATH = { ...pathAt(500), remote: { address: address('10.9.0.3'), port: 500 } };

test('establish-sa -w esp waits for phase 2 of its own traffic with its own peer', async () => {
  racoon.events = [
    { what: 'phase2-established', path: pathAt(500), selector: OTHER },
    { what: 'phase2-no-answer', path: OTHER_PATH, selector: OWN },
    { what: 'phase1-no-answer', path: OTHER_PATH, selector: null },
    { what: 'no-phase1', path: null, selector: OTHER },
    { what: 'phase2-established', path: pathAt(4500), selector: OWN },
  ];
  expect(await racoonctl(`establish-sa -w ${NETWORKS}`)).toBe(0);
  expect(stdout).toBe('Phase 2 established : 10.9.0.1[4500] -> 10.9.0.2[4500]\n');
});

test.each<ShownEvent>([
  { what: 'phase1-no-answer', path: pathAt(500), selector: null },
  { what: 'no-phase1', path: null, selector: OWN },
  { what: 'phase2-no-answer', path: pathAt(500), selector: OWN },
  { what: 'racoon-terminated', path: null, selector: null },
])('establish-sa -w esp ends with status 1 at $what', async (event) => {
  racoon.events = [event];
  expect(await racoonctl(`establish-sa -w ${NETWORKS}`)).toBe(1);
});

test('establish-sa -w isakmp does not mind that others have no phase 1', async () => {
  racoon.present = [];
  racoon.events = [
    { what: 'no-phase1', path: null, selector: OTHER },
    { what: 'mode-config-done', path: pathAt(500), selector: null },
  ];
  expect(await racoonctl('establish-sa -w isakmp inet 10.9.0.1 10.9.0.2')).toBe(0);
});

test('vpn-disconnect waits for the end of phase 1', async () => {
  racoon.after = ['phase1-deleted'];
  expect(await racoonctl('vpn-disconnect 10.9.0.2')).toBe(0);
  expect(stdout).toBe('Phase 1 deleted : 10.9.0.1[500] -> 10.9.0.2[500]\n');
});

test('vpn-disconnect of whom nobody is connected to says so, with status 0', async () => {
  expect(await racoonctl('vd 10.9.0.7')).toBe(0);
  expect(stderr).toBe('racoonctl: no ISAKMP SA with 10.9.0.7\n');
});

test('delete-sa of any protocol ends the ISAKMP SA, as in the original', async () => {
  expect(await racoonctl('delete-sa esp inet 10.9.0.1/32/0 10.9.0.2/32/0 icmp')).toBe(0);
  expect(racoon.commands).toMatchObject([{ kind: 'delete-phase1' }]);
});

test.each([
  ['flush-sa ipsec', null],
  ['fs esp', 'esp'],
  ['fs ah', 'ah'],
])('%s flushes %s', async (words, protocol) => {
  expect(await racoonctl(words)).toBe(0);
  expect(racoon.flushed).toEqual([protocol]);
});

test('show-event tells until racoon closes its socket', async () => {
  const shown = racoonctl('show-event');
  await expect.poll(() => racoon.listeners.size).toBe(1);
  racoon.tell({ what: 'phase1-established', path: pathAt(500), selector: null });
  racoon.tell({ what: 'racoon-terminated', path: null, selector: null });
  await expect.poll(() => stdout).toContain('Racoon terminated');
  expect(stdout).toBe('Phase 1 established : 10.9.0.1[500] -> 10.9.0.2[500]\nRacoon terminated\n');
  server.close();
  expect(await shown).toBe(0);
  // The others need it again.
  server = await serveAtPath();
});

test('without phase 1, status says so as the original did', async () => {
  racoon.present = [];
  expect(await racoonctl('status -v')).toBe(0);
  expect(stdout).toMatch(
    /^racoon status at \d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ\n\n\(no phase 1 SAs\)\n\(no phase 2 SAs\)\n\n$/,
  );
});

test('status -f json is one object', async () => {
  racoon.present = [];
  expect(await racoonctl('status -f json')).toBe(0);
  expect(JSON.parse(stdout)).toEqual({
    schema_version: '2.0',
    timestamp: expect.stringMatching(/Z$/),
    phase1: [],
  });
});

test.each([
  ['show-sa', 'racoonctl: insufficient arguments'],
  ['show-sa foo', 'racoonctl: unknown protocol foo'],
  ['reload-bogus', 'racoonctl: kmpstat: Invalid argument'],
  [
    'get-cert isakmp inet 10.9.0.1 10.9.0.2',
    'racoonctl: kmpstat: Address family not supported by protocol',
  ],
])('%s ends with status 1 and the words of the original', async (words, message) => {
  expect(await racoonctl(words)).toBe(1);
  expect(stderr.split('\n')[0]).toBe(message);
});

test('an unknown command is told on standard output, too', async () => {
  await racoonctl('reload-bogus');
  expect(stdout).toBe('Invalid command [reload-bogus]\n');
});

test('where no racoon is, that is told as the original did', async () => {
  expect(await main(['-s', '/nonexistent.sock', 'show-sa', 'isakmp'])).toBe(1);
  expect(stderr).toBe(
    'racoonctl: cannot connect to racoon admin socket /nonexistent.sock: ' +
      'No such file or directory (is racoon running?)\n',
  );
});

test('without a command it is the usage, with status 0', async () => {
  expect(await main([])).toBe(0);
  expect(stdout).toMatch(/^usage: racoonctl/);
});
