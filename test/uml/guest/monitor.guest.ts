/**
 * What `setkey -x` prints, beside the messages of the kernel's own af_key about the same events:
 * those that it sends to whoever has a PF_KEY socket, printed by the same hand.
 *
 * @module
 */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { formatSadbMessage } from '../../../src/apps/setkey/kdebug.ts';
import { monitor } from '../../../src/apps/setkey/monitor.ts';
import { UNASKED } from '../../../src/apps/setkey/pfkey/origin.ts';
import { flushMessage } from '../../../src/apps/setkey/pfkey/other-message.ts';
import { KernelBackend } from '../../../src/io/xfrm/kernel-backend.ts';
import type { EventStream } from '../../../src/ipsec/events.ts';
import { SADB, SADB_SATYPE } from '../../../src/pfkey/constants.ts';
import type { SadbMessage } from '../../../src/pfkey/message.ts';
import { sh, waitFor } from './commands.ts';
import { PfKeySocket } from './pfkey-socket.ts';
import { runSetkey } from './setkey.ts';

const KEY = '0x6b1d4a0c7f2e85931c4b6fa0d2e38795';
const ENDS = 'src 10.9.0.1 dst 10.9.0.2';
const STATE = `${ENDS} proto esp spi`;
const ESP = `enc "cbc(aes)" ${KEY} auth "hmac(sha1)" ${KEY}00112233`;

let backend: KernelBackend;
let socket: PfKeySocket;
let events: EventStream;
let monitoring: Promise<number>;
let printed: string[];
let reported: string;

beforeEach(async () => {
  sh('ip xfrm state flush; ip xfrm policy flush');
  printed = [];
  reported = '';
});

afterEach(async () => {
  events.close();
  await monitoring;
  socket.close();
  await backend.close();
  sh('ip xfrm state flush; ip xfrm policy flush; ip link delete nowhere1 2>/dev/null || true');
});

/** A way for packets to 10.9.0.0/24 that nobody reads. */
function addDevice(): void {
  sh(`ip tuntap add dev nowhere1 mode tun
    ip address add 10.9.0.1/24 dev nowhere1
    ip link set nowhere1 up`);
}

/** From now on both listen. */
async function listen(): Promise<void> {
  backend = new KernelBackend();
  const open = backend.events.bind(backend);
  const opened = new Promise<void>((resolve) => {
    backend.events = async () => {
      events = await open();
      resolve();
      return events;
    };
  });
  monitoring = monitor(
    backend,
    { time: 'epoch', hexDump: false },
    {
      print: async (pieces) => {
        for await (const piece of pieces) printed.push(piece);
      },
      report: (text) => {
        reported += text;
      },
    },
  );
  await opened;
  socket = new PfKeySocket();
  for (const type of ['ESP', 'AH'] as const) {
    const request = { ...flushMessage(null, UNASKED), saType: SADB_SATYPE[type] };
    socket.send({ ...request, type: SADB.REGISTER });
    socket.hear(SADB.REGISTER);
  }
}

/** The messages that came, `count` of them, are those that were printed, in their order. */
async function expectSame(count: number): Promise<void> {
  // What is missing shows below.
  await waitFor(() => printed.length >= count).catch(() => {});
  const heard = socket.hearAll().map(({ message }) => formatSadbMessage(withoutKeys(message)));
  expect(printed.map((text) => text.replace(/^\d+\.\d{6} \n/, '')).map(asTold)).toEqual(
    heard.map(asTold),
  );
  expect(heard).toHaveLength(count);
  expect(reported).toBe('');
}

/**
 * `message` without what backends do not tell: the number and the process of whoever asked, and
 * whether a policy was deleted by its index (SPDDELETE2). Of an SA that takes the place of another,
 * af_key says that it is dead.
 */
function asTold(message: string): string {
  return message
    .replace(/ seq=\d+ pid=\d+/, '')
    .replace(/^(sadb_msg\{ version=2) type=22 /, '$1 type=15 ')
    .replace(/^(sadb_msg\{ version=2 type=2 (?:.|\n)*?) state=3$/m, '$1 state=1');
}

/** af_key shows keys to everybody. */
function withoutKeys(message: SadbMessage): SadbMessage {
  const extensions = message.extensions.map((extension) =>
    'key' in extension ? { ...extension, key: new Uint8Array(extension.key.length) } : extension,
  );
  return { ...message, extensions };
}

describe('setkey -x prints what af_key tells', () => {
  test('of SAs that ip(8) adds, changes, deletes and flushes', async () => {
    await listen();
    sh(`ip xfrm state add ${STATE} 0x301 mode tunnel reqid 7 replay-window 32 ${ESP}
      ip xfrm state update ${STATE} 0x301 mode tunnel reqid 7 replay-window 32 ${ESP}
      ip xfrm state delete ${STATE} 0x301
      ip xfrm state add ${STATE} 0x302 mode transport ${ESP} encap espinudp 4500 50000 0.0.0.0
      ip xfrm state flush proto esp
      ip xfrm state add ${STATE} 0x303 mode transport aead "rfc4106(gcm(aes))" ${KEY}00112233 128
      ip xfrm state flush`);
    await expectSame(7);
  });

  test('of policies that ip(8) adds, changes, deletes and flushes', async () => {
    await listen();
    const selector = 'src 10.1.0.0/16 dst 10.2.0.0/16 proto tcp dport 22 dir out';
    const template = 'tmpl src 192.0.2.1 dst 192.0.2.2 proto esp mode tunnel reqid 5';
    sh(`ip xfrm policy add ${selector} priority 99 ${template}
      ip xfrm policy update ${selector} action block
      ip xfrm policy delete ${selector}
      ip xfrm policy add src fd01::/32 dst fd02::/64 dir in
      ip xfrm policy flush`);
    await expectSame(5);
  });

  test('of what a file of setkey does', async () => {
    await listen();
    const outcome = await runSetkey(`
      add 10.9.0.1 10.9.0.2 esp 0x401 -m tunnel -u 9 -r 16 -lh 3600 -ls 3000 -bh 4096
        -E aes-cbc ${KEY} -A hmac-sha256-96 ${KEY}${KEY.slice(2)};
      add fd09::1 fd09::2 ah 0x402 -A hmac-sha1 ${KEY}00112233;
      add 10.9.0.1 10.9.0.2 ipcomp 0x403 -C deflate;
      spdadd 10.9.0.1[any] 10.9.0.2[5901] tcp -P out prio 100 ipsec
        esp/transport//use ah/transport//unique:8;
      spdadd 10.9.0.2 10.9.0.1 icmp 8,0 -P in none;
      delete fd09::1 fd09::2 ah 0x402;
      flush esp; spdflush;`);
    expect(outcome).toMatchObject({ codes: [], refusedLines: [] });
    // Three policies are deleted one by one, so that the commit can be undone.
    await expectSame(11);
  });

  test('of both ends of a lifetime, also of an SA that was there before', async () => {
    const policy = 'dir out tmpl proto esp mode transport';
    // The second packet passes the soft limit, the third the hard one: however slow the guest is.
    const limits = 'limit packet-soft 1 limit packet-hard 2';
    addDevice();
    sh(`ip xfrm policy add src 10.9.0.1/32 dst 10.9.0.2/32 ${policy}
      ip xfrm policy add src 10.9.0.1/32 dst 10.9.0.3/32 ${policy}
      ip xfrm state add ${STATE} 0x501 mode transport ${ESP} ${limits}`);
    await listen();
    sh(`ip xfrm state add src 10.9.0.1 dst 10.9.0.3 proto esp spi 0x502 mode transport ${ESP} ${limits}
      for far in 10.9.0.2 10.9.0.3; do ping -c 3 -i 0.2 -W 1 $far || true; done`);
    await expectSame(5);
    expect(printed.join('').match(/auth=3 encrypt=12/g)).toHaveLength(5);
  });

  test('of a packet that wants an SA', async () => {
    addDevice();
    await listen();
    sh(`ip xfrm policy add src 10.9.0.1/32 dst 10.9.0.2/32 dir out tmpl proto esp mode transport
      ping -c 1 -W 1 10.9.0.2 || true`);
    await expectSame(2);
  });
});
