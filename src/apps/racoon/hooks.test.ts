import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { makeTemporaryDirectory, type TemporaryDirectory } from '../../../test/lab/cleanup.ts';
import { deleted, established, phase1, settled } from '../../../test/support/ike-events.ts';
import { peerOf, proposalText } from '../../../test/support/ike-peers.ts';
import { address } from '../../../test/support/packets.ts';
import { NO_SETTINGS } from '../../ike/client-settings.ts';
import { hooksFor } from './hook-environment.ts';
import { Hooks } from './hooks.ts';

let directory: TemporaryDirectory;
let lines: string[];
beforeEach(() => {
  directory = makeTemporaryDirectory();
  lines = [];
});
afterEach(() => directory.remove());

const PROPOSAL = proposalText('aes 256, sha256, pre_shared_key, 14');
const LOG = {
  info: (text: string) => void lines.push(`INFO ${text}`),
  error: (text: string) => void lines.push(`ERROR ${text}`),
};

function script(name: string, text: string, mode = 0o755): string {
  const path = join(directory.path, name);
  writeFileSync(path, `#!/bin/sh\n${text}\n`);
  chmodSync(path, mode);
  return path;
}

function phase1With(statements: string) {
  const peer = peerOf(`remote 10.9.0.2 { exchange_mode main; ${statements} ${PROPOSAL} }`);
  return phase1('ff34208fefdad6ce:19ccd36e2449e4ca', { peer });
}

function hooks(): Hooks {
  const made = new Hooks(LOG, 10_000);
  made.folder = directory.path;
  return made;
}

test('a script is told of by its argument and its environment, and of nothing else', async () => {
  script('up.sh', 'echo "$# $1"; /usr/bin/env | sort | grep -v "^\\(PWD\\|SHLVL\\|_\\)="');
  const sa = phase1With('script "up.sh" phase1_up;');
  for (const event of [established(sa), settled(sa)]) {
    for (const hook of hooksFor(event)) hooks().run(hook);
  }
  const path = join(directory.path, 'up.sh');
  await expect
    .poll(() => lines, { timeout: 20_000 })
    .toEqual(
      [
        '1 phase1_up',
        'LOCAL_ADDR=10.9.0.1',
        'LOCAL_PORT=500',
        'REMOTE_ADDR=10.9.0.2',
        'REMOTE_ID=10.9.0.2',
        'REMOTE_PORT=500',
      ].map((line) => `INFO phase1_up ${path}: ${line}`),
    );
});

test('what a client was given is told, too', () => {
  const settings = { ...NO_SETTINGS, user: 'bob\nX=1', address: address('10.99.0.1') };
  const [hook] = hooksFor(settled(phase1With('script "up.sh" phase1_up;'), settings));
  expect(hook?.environment).toMatchObject({ INTERNAL_ADDR4: '10.99.0.1', XAUTH_USER: 'bob?X=1' });
});

test('a dead peer has two scripts, any other end one', () => {
  const sa = phase1With('script "/d.sh" phase1_down; script "/dead.sh" phase1_dead;');
  const eventsOf = (reason: 'dead-peer' | 'expired') =>
    hooksFor(deleted(sa, reason)).map(({ event }) => event);
  expect(eventsOf('dead-peer')).toEqual(['phase1_dead', 'phase1_down']);
  expect(eventsOf('expired')).toEqual(['phase1_down']);
});

test('a script that others could change is not run', () => {
  const path = script('up.sh', 'echo run', 0o775);
  hooks().run({ script: 'up.sh', event: 'phase1_up', environment: {} });
  expect(lines).toEqual([
    `ERROR phase1_up is not run: others may write to ${path}: chmod go-w ${path}`,
  ]);
});

test('a script that fails is told of by its status', async () => {
  const path = script('down.sh', 'echo no >&2; exit 3');
  hooks().run({ script: path, event: 'phase1_down', environment: {} });
  await expect
    .poll(() => lines, { timeout: 20_000 })
    .toEqual([`INFO phase1_down ${path}: no`, `ERROR phase1_down ${path}: it ended with status 3`]);
});

test('no more than eight run at once, and all have their turn', async () => {
  const turns = join(directory.path, 'turns');
  // Each ends when it may: at once eight have begun, and no ninth.
  script(
    'slow.sh',
    `echo begun >> ${turns}; while [ ! -e ${turns}.go ]; do sleep 0.01; done; echo over`,
  );
  const many = hooks();
  for (let k = 0; k < 12; k++) {
    many.run({ script: 'slow.sh', event: 'phase1_up', environment: { PATH: '/usr/bin:/bin' } });
  }
  const { readFileSync } = await import('node:fs');
  const begun = () => {
    try {
      return readFileSync(turns, 'utf8').trim().split('\n').length;
    } catch {
      return 0;
    }
  };
  await expect.poll(begun, { timeout: 30_000 }).toBe(8);
  writeFileSync(`${turns}.go`, '');
  await expect.poll(() => lines.length, { timeout: 30_000 }).toBe(12);
  expect(begun()).toBe(12);
});
