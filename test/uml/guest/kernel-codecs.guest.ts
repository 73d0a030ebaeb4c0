/**
 * The codecs of NETLINK_XFRM against the guest's kernel: what iproute2 added, as we read it; what we
 * added, as iproute2 prints it; and what the multicast groups tell meanwhile.
 *
 * @module
 */
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { LINUX, libc, succeed } from '../../../src/io/libc.ts';
import { NETLINK, NetlinkSocket } from '../../../src/io/netlink-socket.ts';
import type { NetlinkMessage } from '../../../src/netlink/nlmsg.ts';
import {
  XFRM_MODE,
  XFRM_POLICY,
  XFRM_POLICY_FLAG,
  XFRM_POLICY_TYPE,
  XFRM_SA_XFLAG,
  XFRM_STATE,
} from '../../../src/netlink/xfrm-constants.ts';
import {
  parseXfrmCounters,
  queryXfrmCounters,
  setXfrmCounters,
  XFRM_AE,
} from '../../../src/netlink/xfrm-counters.ts';
import {
  parseXfrmSadInfo,
  parseXfrmSpdInfo,
  queryXfrmSadInfo,
  queryXfrmSpdInfo,
} from '../../../src/netlink/xfrm-database-info.ts';
import {
  parseXfrmDefaultActions,
  queryXfrmDefaultActions,
  setXfrmDefaultActions,
  XFRM_USERPOLICY,
} from '../../../src/netlink/xfrm-default-action.ts';
import { XFRM_ENCAP } from '../../../src/netlink/xfrm-encapsulation.ts';
import { XFRM_UNLIMITED } from '../../../src/netlink/xfrm-lifetime.ts';
import { migrateXfrm } from '../../../src/netlink/xfrm-migration.ts';
import {
  parseXfrmPolicy,
  XFRM_PLAIN_POLICY,
  type XfrmNewPolicy,
  type XfrmPolicy,
} from '../../../src/netlink/xfrm-policy.ts';
import { XFRM_NO_POLICY_OPTIONS } from '../../../src/netlink/xfrm-policy-options.ts';
import {
  deleteKnownXfrmPolicy,
  dumpXfrmPolicies,
  flushXfrmPolicies,
  newXfrmPolicy,
  queryXfrmPolicy,
  updateXfrmPolicy,
} from '../../../src/netlink/xfrm-policy-request.ts';
import { XFRM_UNUSED_REPLAY } from '../../../src/netlink/xfrm-replay.ts';
import { parseXfrmSa, XFRM_PLAIN_SA, type XfrmNewSa } from '../../../src/netlink/xfrm-sa.ts';
import { XFRM_NO_SA_OPTIONS } from '../../../src/netlink/xfrm-sa-options.ts';
import {
  allocateXfrmSpi,
  deleteXfrmSa,
  dumpXfrmSas,
  newXfrmSa,
  queryXfrmSa,
  updateXfrmSa,
} from '../../../src/netlink/xfrm-sa-request.ts';
import { XFRM_ANY_SELECTOR } from '../../../src/netlink/xfrm-selector.ts';
import { XFRM_PLAIN_TEMPLATE, type XfrmTemplate } from '../../../src/netlink/xfrm-template.ts';
import { setHostU16, setHostU32 } from '../../../src/octets/host.ts';
import { Malformed, type Parsed } from '../../../src/octets/malformed.ts';
import { ipXfrm, sh } from './commands.ts';
import { XfrmListener } from './xfrm-listener.ts';

const CIPHER = '0x000102030405060708090a0b0c0d0e0f';
const ENDS = 'src 10.7.0.1 dst 10.7.0.9';

let kernel: NetlinkSocket;
let listener: XfrmListener;

beforeAll(() => {
  sh(`ip link add codecs0 type dummy
    ip link set codecs0 up
    ip address add 10.7.0.1/24 dev codecs0`);
  kernel = new NetlinkSocket(NETLINK.XFRM);
});

beforeEach(() => {
  listener = new XfrmListener();
});

afterEach(() => {
  listener.close();
  sh('ip xfrm state flush; ip xfrm policy flush; ip xfrm policy flush ptype sub');
});

afterAll(() => {
  kernel.close();
  sh('ip link delete codecs0');
});

test('an SA of ours with everything is what iproute2 prints and the kernel tells', () => {
  kernel.request(newXfrmSa(EVERYTHING), 'add an SA');
  expect(ipXfrm('state')[0]?.split('\n')).toEqual([
    'src 10.7.0.1 dst 10.7.0.9',
    'proto esp spi 0x00001001 reqid 7 mode tunnel',
    'replay-window 0 flag noecn af-unspec esn',
    'mark 0x5/0xff output-mark 0x9/0xf',
    'aead rfc4106(gcm(aes)) 0x0000000000000000000000000000000000000000 128',
    'encap type espinudp sport 4500 dport 4501 addr 10.7.0.8',
    'anti-replay esn context:',
    'seq-hi 0x1, seq 0x5, oseq-hi 0x2, oseq 0x6',
    'replay_window 70, bitmap-length 3',
    '80000000 00000000 0000001f',
    'if_id 0x3',
    'tfcpad 64',
    'security context system_u:object_r:x_t:s0',
  ]);
  const mark = Uint8Array.from([5, 0, 0, 0, 0xff, 0, 0, 0]);
  const told = parsed(parseXfrmSa, kernel.query(queryXfrmSa(EVERYTHING, mark), 'read an SA'));
  expect(told).toMatchObject(EVERYTHING);
  expect(listener.eventOf('new-sa').sa).toMatchObject(EVERYTHING);
  kernel.request(deleteXfrmSa(told, told.mark), 'delete an SA');
  expect(listener.eventOf('deleted-sa').sa).toMatchObject(EVERYTHING);
});

test('an SA of iproute2 with everything is read as it was written', () => {
  sh(`ip xfrm state add ${ENDS} proto esp spi 0x1001 mode tunnel reqid 7 \
    flag noecn flag af-unspec flag esn replay-window 70 replay-seq 5 replay-oseq 6 \
    replay-seq-hi 1 replay-oseq-hi 2 aead 'rfc4106(gcm(aes))' 0x${'00'.repeat(20)} 128 \
    encap espinudp 4500 4501 10.7.0.8 ctx system_u:object_r:x_t:s0 mark 5 mask 0xff if_id 3 \
    output-mark 9 mask 0xf extra-flag oseq-may-wrap tfcpad 64`);
  const replay = { ...EVERYTHING.replay, bitmap: [0, 0, 0] };
  const options = { ...EVERYTHING.options, mappingSeconds: 0 };
  const [told] = kernel.dump(dumpXfrmSas(), 'list SAs');
  expect(parsed(parseXfrmSa, told)).toMatchObject({ ...EVERYTHING, replay, options });
});

test('IPComp, both ways', () => {
  const ipcomp = { ...PLAIN, protocol: 108, spi: 0x101, compression: DEFLATE };
  kernel.request(newXfrmSa(ipcomp), 'add an SA');
  expect(ipXfrm('state')[0]).toContain('comp deflate');
  sh(`ip xfrm state add ${ENDS} proto comp spi 0x102 comp deflate`);
  for (const spi of [0x101, 0x102]) {
    expect(listener.eventOf('new-sa').sa).toMatchObject({ ...ipcomp, spi });
  }
});

test('an SA goes on from given counters, and tells them', () => {
  const replay = { ...XFRM_UNUSED_REPLAY, sent: 100, received: 200, bitmap: [0xff] };
  kernel.request(newXfrmSa({ ...ESP, replayWindow: 32, replay }), 'add an SA');
  expect(sh('ip -d xfrm state')).toContain('seq 0xc8, oseq 0x64, bitmap 0x000000ff');
  const asked = queryXfrmCounters(ESP, XFRM_AE.RTHR | XFRM_AE.ETHR);
  const told = parsed(parseXfrmCounters, kernel.query(asked, 'read counters'));
  expect(told).toMatchObject({ id: { spi: ESP.spi }, source: ESP.source, replay });
  const later = {
    ...told,
    replay: { ...replay, sent: 1000 },
    usage: { octets: 5, packets: 6, addTime: told.usage?.addTime ?? 0, useTime: 0 },
    packetThreshold: 12,
  };
  kernel.request(setXfrmCounters(later), 'set counters');
  const { counters } = listener.eventOf('replay-event');
  expect(counters).toMatchObject({ flags: XFRM_AE.CU, replay: later.replay, usage: later.usage });
  const again = parsed(parseXfrmCounters, kernel.query(asked, 'read counters'));
  expect(again).toMatchObject({ packetThreshold: 12 });
  expect(sh('ip -s xfrm state')).toMatch(/5\(bytes\), 6\(packets\)/);
});

test('an SPI is allocated, and the larval SA gets its keys', () => {
  const larval = { ...ESP, options: XFRM_NO_SA_OPTIONS, acquireNumber: 0 };
  const answer = kernel.query(allocateXfrmSpi(larval, 0x300, 0x30f), 'allocate an SPI');
  const { spi, reqid, encryption } = parsed(parseXfrmSa, answer);
  expect([spi & ~0xf, reqid, encryption]).toEqual([0x300, ESP.reqid, null]);
  kernel.request(updateXfrmSa({ ...ESP, spi }), 'update an SA');
  expect(listener.eventOf('updated-sa').sa).toMatchObject({ ...ESP, spi });
  const limits = { ...XFRM_UNLIMITED, softOctets: 1000 };
  kernel.request(updateXfrmSa({ ...ESP, spi, limits }), 'update an SA');
  expect(ipXfrm('state')[0]).toContain(`spi 0x${spi.toString(16).padStart(8, '0')}`);
  expect(sh('ip -s xfrm state')).toContain('limit: soft 1000(bytes)');
});

test('lifetimes end softly and hard', () => {
  sh(`ip xfrm state add ${ENDS} proto esp spi 0x1001 enc 'cbc(aes)' ${CIPHER} \
      limit time-soft 1 limit time-hard 2
    ip xfrm policy add src 10.8.0.0/16 dst 10.9.0.0/16 dir fwd if_id 4 \
      ctx system_u:object_r:x_t:s0 limit time-soft 1 limit time-hard 2`);
  const heard = [1, 2, 3, 4, 5, 6].map(() => listener.event());
  const ends = heard.filter((event) => 'hard' in event);
  const sas = ends.filter(({ kind }) => kind === 'expired-sa');
  const policies = ends.filter(({ kind }) => kind === 'expired-policy');
  const sa = { spi: 0x1001, protocol: 50, encryption: null };
  expect(sas).toMatchObject([
    { hard: false, sa },
    { hard: true, sa },
  ]);
  const policy = {
    direction: XFRM_POLICY.FWD,
    options: { interfaceId: 4, securityContext: { text: 'system_u:object_r:x_t:s0' } },
  };
  expect(policies).toMatchObject([
    { hard: false, policy },
    { hard: true, policy },
  ]);
});

test('flushes say what they flushed', () => {
  sh(`ip xfrm state add ${ENDS} proto esp spi 0x1001 enc 'cbc(aes)' ${CIPHER}
    ip xfrm state flush proto esp
    ip xfrm policy add src 10.8.0.0/16 dst 10.9.0.0/16 dir in ptype sub`);
  expect(listener.eventOf('flushed-sas').protocol).toBe(50);
  kernel.request(flushXfrmPolicies(XFRM_POLICY_TYPE.SUB), 'flush policies');
  expect(listener.eventOf('flushed-policies').type).toBe(XFRM_POLICY_TYPE.SUB);
});

test('a packet without an SA makes the kernel ask for one, which it takes', () => {
  sh(`ip xfrm policy add ${ENDS} dir out tmpl proto esp reqid 5 mode transport`);
  sh('ping -c 1 -W 1 10.7.0.9 || true');
  const { acquire } = listener.eventOf('acquire');
  expect(acquire).toMatchObject({
    ...{ source: NEAR, destination: FAR, family: 2, protocol: 50, spi: 0 },
    selector: { source: { address: NEAR, prefixLength: 32 } },
    policy: { direction: XFRM_POLICY.OUT, templates: [{ reqid: 5 }] },
  });
  expect(acquire.acquireNumber).not.toBe(0);
  const { acquireNumber } = acquire;
  kernel.request(newXfrmSa({ ...ESP, reqid: 5, acquireNumber }), 'add an SA');
  expect(ipXfrm('state')).toHaveLength(1);
});

test('a policy of ours with everything is what iproute2 prints and the kernel tells', () => {
  kernel.request(newXfrmPolicy(POLICY), 'add a policy');
  expect(ipXfrm('policy')).toEqual([
    `src 10.8.0.0/16 dst 10.9.0.0/16
security context system_u:object_r:x_t:s0
dir fwd priority 9 ptype main flag localok icmp
mark 0x5/0xff
tmpl src 10.7.0.1 dst 10.7.0.9
proto esp spi 0x00000077 reqid 5 mode tunnel
level use
if_id 0x3`,
  ]);
  const known = onlyPolicy();
  expect(known).toMatchObject(POLICY);
  expect(parsed(parseXfrmPolicy, kernel.query(queryXfrmPolicy(known), 'read a policy'))).toEqual(
    known,
  );
  // A new policy's label is not told to the group.
  const { securityContext: _, ...options } = POLICY.options;
  expect(listener.eventOf('new-policy').policy).toMatchObject({ ...POLICY, options });
  kernel.request(updateXfrmPolicy({ ...POLICY, priority: 10 }), 'update a policy');
  expect(listener.eventOf('updated-policy').policy).toMatchObject({ priority: 10, options });
  kernel.request(deleteKnownXfrmPolicy(onlyPolicy()), 'delete a policy');
  expect(listener.eventOf('deleted-policy').policy).toMatchObject({ priority: 10, options });
  expect(ipXfrm('policy')).toEqual([]);
});

test('a policy of iproute2 with everything is read as it was written', () => {
  sh(`ip xfrm policy add src 10.8.0.0/16 dst 10.9.0.0/16 dir fwd ctx system_u:object_r:x_t:s0 \
    mark 5 mask 0xff priority 9 flag localok flag icmp if_id 3 \
    tmpl ${ENDS} proto esp spi 0x77 reqid 5 mode tunnel level use`);
  expect(onlyPolicy()).toMatchObject(POLICY);
});

test('a policy of type sub is found by its index and deleted', () => {
  const sub = { ...POLICY, ...XFRM_PLAIN_POLICY, type: XFRM_POLICY_TYPE.SUB, templates: [] };
  kernel.request(newXfrmPolicy(sub), 'add a policy');
  const known = onlyPolicy();
  expect(known.type).toBe(XFRM_POLICY_TYPE.SUB);
  expect(parsed(parseXfrmPolicy, kernel.query(queryXfrmPolicy(known), 'read a policy'))).toEqual(
    known,
  );
  kernel.request(deleteKnownXfrmPolicy(known), 'delete a policy');
  expect(ipXfrm('policy')).toEqual([]);
});

test('a policy and its SA migrate', () => {
  sh(`ip xfrm policy add src 10.8.0.0/16 dst 10.9.0.0/16 dir out \
      tmpl ${ENDS} proto esp reqid 5 mode tunnel
    ip xfrm state add ${ENDS} proto esp spi 0x1001 reqid 5 mode tunnel \
      auth 'hmac(sha1)' 0x${'01'.repeat(20)} enc 'cbc(aes)' ${CIPHER}`);
  const { selector } = onlyPolicy();
  const far = ipv4(10, 7, 0, 4);
  const migration = {
    selector,
    direction: XFRM_POLICY.OUT,
    type: XFRM_POLICY_TYPE.MAIN,
    moves: [
      {
        before: { source: NEAR, destination: FAR, family: 2 },
        after: { source: NEAR, destination: far, family: 2 },
        protocol: 50,
        mode: XFRM_MODE.TUNNEL,
        reqid: 5,
      },
    ],
    ikeEnds: { local: NEAR, remote: far, family: 2 },
    encapsulation: null,
  };
  kernel.request(migrateXfrm(migration), 'migrate a policy');
  expect(listener.eventOf('migrate').migration).toEqual(migration);
  expect(ipXfrm('policy')[0]).toContain('tmpl src 10.7.0.1 dst 10.7.0.4');
  expect(ipXfrm('state')[0]).toContain('src 10.7.0.1 dst 10.7.0.4');
});

test('a peer whose port changes behind a NAT is told of', () => {
  const socket = encapsulationSocket(4500);
  try {
    sh(`ip xfrm state add src 127.0.0.1 dst 127.0.0.1 proto esp spi 0x1301 reqid 3 \
        enc 'ecb(cipher_null)' '' encap espinudp 4500 4500 0.0.0.0
      bash -c 'printf "${ESP_PACKET}" >/dev/udp/127.0.0.1/4500'`);
    const { mapping } = listener.eventOf('mapping');
    const loopback = ipv4(127, 0, 0, 1);
    expect(mapping).toMatchObject({
      id: { destination: loopback, family: 2, protocol: 50, spi: 0x1301 },
      reqid: 3,
      before: { address: loopback, port: 4500 },
      after: { address: loopback },
    });
    expect(mapping.after.port).toBeGreaterThan(1023);
    expect(mapping.after.port).not.toBe(4500);
  } finally {
    libc.close(socket);
  }
});

test('SAD and SPD tell how large they are', () => {
  sh(`ip xfrm state add ${ENDS} proto esp spi 0x1001 enc 'cbc(aes)' ${CIPHER}
    ip xfrm policy add ${ENDS} dir out
    ip xfrm policy set hthresh4 24 16 hthresh6 64 48`);
  expect(parsed(parseXfrmSadInfo, kernel.query(queryXfrmSadInfo(), 'read'))).toMatchObject({
    sas: 1,
  });
  expect(parsed(parseXfrmSpdInfo, kernel.query(queryXfrmSpdInfo(), 'read'))).toMatchObject({
    policies: { inbound: 0, outbound: 1, forward: 0 },
    ipv4Threshold: { local: 24, remote: 16 },
    ipv6Threshold: { local: 64, remote: 48 },
  });
  sh('ip xfrm policy set hthresh4 32 32 hthresh6 128 128');
});

test('default actions are set, told and read', () => {
  const { UNSPEC, BLOCK, ACCEPT } = XFRM_USERPOLICY;
  kernel.request(
    setXfrmDefaultActions({ inbound: UNSPEC, forward: BLOCK, outbound: UNSPEC }),
    'set default actions',
  );
  try {
    const actions = { inbound: ACCEPT, forward: BLOCK, outbound: ACCEPT };
    expect(listener.eventOf('default-actions').actions).toEqual(actions);
    const answer = kernel.query(queryXfrmDefaultActions(), 'read default actions');
    expect(parsed(parseXfrmDefaultActions, answer)).toEqual(actions);
    expect(sh('ip xfrm policy getdefault')).toMatch(/fwd:\s+block/);
  } finally {
    sh('ip xfrm policy setdefault fwd accept');
  }
});

const NEAR = ipv4(10, 7, 0, 1);
const FAR = ipv4(10, 7, 0, 9);
const DEFLATE = { name: 'deflate', key: new Uint8Array(0) };

const PLAIN: XfrmNewSa = {
  ...XFRM_PLAIN_SA,
  source: NEAR,
  destination: FAR,
  family: 2,
  protocol: 50,
  spi: 0x1001,
  selector: { ...XFRM_ANY_SELECTOR, family: 2 },
  limits: XFRM_UNLIMITED,
  reqid: 0,
  mode: XFRM_MODE.TRANSPORT,
  flags: 0,
  replayWindow: 0,
  replay: XFRM_UNUSED_REPLAY,
  encryption: null,
  integrity: null,
  aead: null,
};

const ESP: XfrmNewSa = {
  ...PLAIN,
  reqid: 9,
  encryption: { name: 'cbc(aes)', key: new Uint8Array(16) },
  integrity: { name: 'hmac(sha256)', key: new Uint8Array(32), icvBits: 128 },
};

const EVERYTHING: XfrmNewSa = {
  ...PLAIN,
  selector: XFRM_ANY_SELECTOR,
  reqid: 7,
  mode: XFRM_MODE.TUNNEL,
  flags: XFRM_STATE.NOECN | XFRM_STATE.AF_UNSPEC | XFRM_STATE.ESN,
  aead: { name: 'rfc4106(gcm(aes))', key: new Uint8Array(20), icvBits: 128 },
  replayWindow: 70,
  replay: {
    sent: 6,
    sentHigh: 2,
    received: 5,
    receivedHigh: 1,
    bitmap: [0x1f, 0, 0x80000000],
    wide: true,
  },
  options: {
    ...XFRM_NO_SA_OPTIONS,
    encapsulation: {
      type: XFRM_ENCAP.ESPINUDP,
      sourcePort: 4500,
      destinationPort: 4501,
      originalAddress: ipv4(10, 7, 0, 8),
    },
    securityContext: { doi: 1, algorithm: 1, text: 'system_u:object_r:x_t:s0' },
    mark: { value: 5, mask: 0xff },
    interfaceId: 3,
    outputMark: { value: 9, mask: 0xf },
    extraFlags: XFRM_SA_XFLAG.OSEQ_MAY_WRAP,
    tfcPadding: 64,
    mappingSeconds: 60,
  },
};

const TEMPLATE: XfrmTemplate = {
  ...XFRM_PLAIN_TEMPLATE,
  source: NEAR,
  destination: FAR,
  family: 2,
  spi: 0x77,
  protocol: 50,
  reqid: 5,
  mode: XFRM_MODE.TUNNEL,
  optional: true,
};

const POLICY: XfrmNewPolicy = {
  ...XFRM_PLAIN_POLICY,
  direction: XFRM_POLICY.FWD,
  selector: {
    ...XFRM_ANY_SELECTOR,
    family: 2,
    source: { address: ipv4(10, 8, 0, 0), prefixLength: 16, port: 0, portMask: 0 },
    destination: { address: ipv4(10, 9, 0, 0), prefixLength: 16, port: 0, portMask: 0 },
  },
  limits: XFRM_UNLIMITED,
  priority: 9,
  action: 0,
  templates: [TEMPLATE],
  flags: XFRM_POLICY_FLAG.LOCALOK | XFRM_POLICY_FLAG.ICMP,
  options: {
    ...XFRM_NO_POLICY_OPTIONS,
    securityContext: { doi: 1, algorithm: 1, text: 'system_u:object_r:x_t:s0' },
    mark: { value: 5, mask: 0xff },
    interfaceId: 3,
  },
};

/** Under ESP_NULL: a UDP header, two octets of padding and the trailer, for printf. */
const ESP_PACKET = '00001301 00000001 0001000200080000 01020211'
  .replaceAll(' ', '')
  .replace(/../g, '\\x$&');

/** A UDP socket at 127.0.0.1 that hands ESP to the kernel (RFC 3948). */
function encapsulationSocket(port: number): number {
  const IPPROTO_UDP = 17;
  const UDP_ENCAP = 100;
  const socket = succeed(libc.socket(LINUX.AF_INET, LINUX.SOCK_DGRAM, 0), 'open a socket');
  const place = Uint8Array.of(0, 0, port >> 8, port, 127, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0);
  setHostU16(place, 0, LINUX.AF_INET);
  succeed(libc.bind(socket, place, place.length), 'bind a socket');
  const type = new Uint8Array(4);
  setHostU32(type, 0, XFRM_ENCAP.ESPINUDP);
  succeed(libc.setsockopt(socket, IPPROTO_UDP, UDP_ENCAP, type, 4), 'take ESP in UDP');
  return socket;
}

function onlyPolicy(): XfrmPolicy {
  const messages = kernel.dump(dumpXfrmPolicies(), 'list policies');
  expect(messages).toHaveLength(1);
  return parsed(parseXfrmPolicy, messages[0]);
}

function parsed<T>(
  parse: (payload: Uint8Array) => Parsed<T>,
  message: NetlinkMessage | undefined,
): T {
  const value = parse(message?.payload ?? new Uint8Array(0));
  if (value instanceof Malformed) throw new Error(String(value));
  return value;
}

/** As the kernel has it: 16 octets. */
function ipv4(...octets: number[]): Uint8Array {
  const address = new Uint8Array(16);
  address.set(octets);
  return address;
}
