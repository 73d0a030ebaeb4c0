/**
 * `ipseal watch`, as it is built in `dist/`, beside a kernel that protects what passes by, and whose
 * SAs and policies change meanwhile: see `two-hosts.ts` for the hosts. It runs where alice is.
 *
 * @module
 */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { AES_GCM_16 } from '../../../src/crypto/aes-gcm.ts';
import { addPolicy, espSa, layer, policy, protect, testKey } from '../../support/sas.ts';
import { sh, waitFor } from './commands.ts';
import {
  disposeTwoHosts,
  emptyTwoHosts,
  makeTwoHosts,
  ping,
  protectPings,
  type TwoHosts,
  WIRE,
} from './two-hosts.ts';

let hosts: TwoHosts;
let watching: ChildProcess;
let printed: string;
let said: string;

beforeAll(() => {
  hosts = makeTwoHosts();
  // As network cards have it: segments that come out of tunnels are joined.
  sh('ethtool -K wire0 gro on');
});

afterEach(async () => {
  if (watching.exitCode === null) {
    watching.kill('SIGKILL');
    await once(watching, 'close');
  }
  await emptyTwoHosts(hosts);
});

afterAll(() => disposeTwoHosts(hosts));

/** Begins to watch the wire with what the kernel knows; returns when it does. */
async function watch(): Promise<void> {
  printed = '';
  said = '';
  const knowing = ['--sad', 'kernel', '--policy', 'kernel'];
  watching = spawn(
    process.execPath,
    ['bin/ipseal', 'watch', '-t', '-i', 'wire0', ...knowing, 'esp or icmp or tcp'],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  );
  watching.stdout?.on('data', (octets) => {
    printed += octets;
  });
  watching.stderr?.on('data', (octets) => {
    said += octets;
  });
  await waitFor(() => said.includes('listening on wire0'));
}

/** Ends it; the exit status. */
async function stop(): Promise<number | null> {
  const ended = once(watching, 'close');
  watching.kill('SIGINT');
  await ended;
  return watching.exitCode;
}

/** Resolves when a line was printed that `pattern` is of. */
function printing(pattern: RegExp): Promise<void> {
  return waitFor(() => pattern.test(printed));
}

test('looks into packets with the SAs of the kernel, those that come later, too', async () => {
  const { to } = await protectPings(hosts, espSa());
  await watch();
  ping(to);
  await printing(
    /^IP 10\.9\.0\.1 > 10\.9\.0\.2: ESP\(spi=0x00000201,seq=0x1\), length \d+: ICMP echo request, id \d+, seq 1, length 64$/m,
  );
  await printing(/^IP 10\.9\.0\.2 > 10\.9\.0\.1: ESP\(.*seq=0x3\), length \d+: ICMP echo reply, /m);
  await emptyTwoHosts(hosts);
  const encryption = { algorithm: AES_GCM_16, key: testKey(160) };
  const later = espSa({ spi: 0x901, mode: 'tunnel', encryption, integrity: null });
  const { to: inner } = await protectPings(hosts, later);
  ping(inner);
  await printing(
    /^IP 10\.9\.0\.1 > 10\.9\.0\.2: ESP\(spi=0x00000901,seq=0x3\), length \d+: IP 10\.1\.0\.1 > 10\.2\.0\.1: ICMP echo request, /m,
  );
  // What the kernel took out of the tunnel is seen again, and is no leak; TCP that it joined neither.
  // It joins what it finds waiting: nothing, sometimes, on a machine that is slow.
  for (let times = 1; times <= MOST_TRANSFERS && !JOINED.test(printed); times++) {
    const received = promisify(execFile)('python3', ['-c', RECEIVER]);
    sh(`ip netns exec bob python3 -c "${SENDER}"`);
    expect((await received).stdout).toBe('60000\n');
    await waitFor(() => (printed.match(LAST_SEGMENT) ?? []).length >= times);
  }
  expect(await stop()).toBe(0);
  expect(
    printed.match(/^IP 10\.2\.0\.1 > .*: ICMP echo reply, .* \[decapsulated\]$/gm),
  ).toHaveLength(3);
  expect(printed).toMatch(JOINED);
  expect(printed).not.toMatch(/\[(leak|mismatch|unasked|sealed|icv|missing|late|replay)/);
  // The first was deleted meanwhile.
  expect(said).toMatch(
    /esp 0x00000201 10\.9\.0\.1 > 10\.9\.0\.2 \(unknown\): 3 packets, ICV 3 ok$/m,
  );
  expect(said).toMatch(/esp 0x00000901 10\.9\.0\.1 > 10\.9\.0\.2: \d+ packets, ICV \d+ ok$/m);
});

test('finds what the kernel would not take, by policies that come later', async () => {
  await watch();
  ping(WIRE[4][1]);
  await printing(/ICMP echo reply, id \d+, seq 3, length 64$/m);
  expect(printed).not.toContain('[');
  await hosts.alice.commit([addPolicy(policy('inbound', protect(layer('esp'))))]);
  sh(`! ip netns exec bob ping -c 1 -W 1 ${WIRE[4][0]} | grep 'bytes from'`);
  await printing(
    /^IP 10\.9\.0\.2 > 10\.9\.0\.1: ICMP echo request, id \d+, seq 1, length 64 \[leak: in 10\.9\.0\.2\[any\] 10\.9\.0\.1\[any\], it asks for esp\/transport\]$/m,
  );
  expect(await stop()).toBe(0);
  expect(said).toMatch(/ 1 {2}in the clear, and should have been protected$/m);
});

const MOST_TRANSFERS = 20;
/** More of TCP than one packet holds. */
const JOINED = /^IP 10\.2\.0\.1\..*, length ([2-9]|\d\d)\d{3} \[decapsulated\]$/m;
const LAST_SEGMENT = /^IP 10\.2\.0\.1\.\d+ > 10\.1\.0\.1\.5901: Flags \[F.* \[decapsulated\]$/gm;

/** Tells how much came in one connection. */
const RECEIVER = `
import socket
listener = socket.create_server(('10.1.0.1', 5901))
connection, _ = listener.accept()
print(sum(map(len, iter(lambda: connection.recv(65536), b''))))
`;

/** Connects as soon as somebody listens. */
const SENDER = `
import socket, time
for attempt in range(300):
    try:
        connection = socket.create_connection(('10.1.0.1', 5901), source_address=('10.2.0.1', 0))
        break
    except ConnectionRefusedError: time.sleep(0.1)
connection.sendall(bytes(60000))
`;
