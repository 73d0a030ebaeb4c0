/**
 * The self-test before the first packet: engines of the real kind, on a wire in memory, under SAs that
 * are thrown away. A packet that was published with its key must come out as it was published, one that
 * was changed must not come out, and what one engine seals another must open.
 *
 * @module
 */
import { AES_GCM_16 } from '../crypto/aes-gcm.ts';
import type { CryptoProvider } from '../crypto/context.ts';
import { Secret } from '../crypto/secret.ts';
import type { Change } from '../ipsec/change.ts';
import { UNLIMITED } from '../ipsec/lifetime.ts';
import { DEFAULT_PRIORITY, type Mode } from '../ipsec/policy.ts';
import {
  ESP_IN_UDP_PORT,
  NO_EXTRAS,
  type SaParameters,
  type UdpEncapsulation,
} from '../ipsec/sa-parameters.ts';
import { NO_DETAIL } from '../ipsec/selector.ts';
import type { IpAddress } from '../net/ip-address.ts';
import { IP_PROTOCOL } from '../net/ip-protocol.ts';
import { ANY_PORT } from '../net/port-range.ts';
import { hostPrefix } from '../net/prefix.ts';
import { fromHex } from '../octets/hex.ts';
import { sameOctets, setU8, u8 } from '../octets/octets.ts';
import { emitIpv4Header, IPV4_HEADER_LENGTH } from '../wire/ipv4.ts';
import { Engine } from './engine.ts';
import { NO_GUARD } from './guard.ts';
import { MemoryHost, MemoryWire, type WireEnd } from './memory-wire.ts';

/** AES-256-GCM with its salt, ESP, and what is in it: draft-mcgrew-gcm-test-01, the first example. */
const PUBLISHED = {
  key: 'abbccddef00112233445566778899aababbccddef00112233445566778899aab11223344',
  spi: 0x4a2cbfe3,
  sealed:
    '4a2cbfe3000000020102030405060708ff425c9b724599df7a3bcd510194e00d6a78107f1b0b1cbf06ef' +
    'ae9d65a5d763748a637985771d347f0545659f14e99def842d8eb335f4eecfdbf831824b4c4915956c96',
  nextHeader: IP_PROTOCOL.icmp,
  payload:
    '4500003069a6400080062690c0a801029389155e0a9e008b2dc57ee0000000007002400020bf0000' +
    '020405b401010402',
};

/** Addresses that belong to nobody (RFC 5737). */
const ENDS: Readonly<Record<WireEnd, IpAddress>> = {
  left: { version: 4, octets: Uint8Array.of(192, 0, 2, 1) },
  right: { version: 4, octets: Uint8Array.of(192, 0, 2, 2) },
};

/** How packets are protected. */
interface Form {
  readonly mode: Mode;
  readonly encapsulation: UdpEncapsulation | null;
}

const TRANSPORT: Form = { mode: 'transport', encapsulation: null };
const TUNNEL_IN_UDP: Form = {
  mode: 'tunnel',
  encapsulation: {
    sourcePort: ESP_IN_UDP_PORT,
    destinationPort: ESP_IN_UDP_PORT,
    originalAddress: null,
  },
};

/**
 * Has engines on `crypto`, which nobody else uses meanwhile, protect packets for each other. Throws when
 * one does not come out as it should: then no packet must be trusted to it.
 */
export function testSelf(crypto: CryptoProvider): void {
  const there = plainPacket('left', 'right');
  const back = plainPacket('right', 'left');
  onStage(crypto, TRANSPORT, (stage) => judgePublished(stage, there));
  for (const form of [TRANSPORT, TUNNEL_IN_UDP]) {
    onStage(crypto, form, (stage) => {
      judge(stage.send('left', there, 'right'), there, 'what was sealed opens');
      judge(stage.send('right', back, 'left'), back, 'what was sealed opens');
    });
  }
}

function onStage(crypto: CryptoProvider, form: Form, play: (stage: Stage) => void): void {
  const stage = new Stage(crypto, form);
  try {
    play(stage);
  } finally {
    stage.clear();
  }
}

function judgePublished(stage: Stage, plain: Uint8Array): void {
  const sealed = packet('left', 'right', IP_PROTOCOL.esp, octetsOf(PUBLISHED.sealed));
  const forged = sealed.slice();
  const last = forged.length - 1;
  setU8(forged, last, u8(forged, last) ^ 1);
  judge(stage.inject(forged), undefined, 'what was changed does not open');
  judge(stage.inject(sealed), plain, 'a published packet opens');
}

function judge(found: Uint8Array | undefined, expected: Uint8Array | undefined, rule: string) {
  const same =
    found === undefined || expected === undefined
      ? found === expected
      : sameOctets(found, expected);
  if (!same) throw new Error(`Cannot protect packets: in the self-test, it is not so that ${rule}`);
}

/** Two hosts, and what is between them. */
class Stage {
  readonly #wire = new MemoryWire();
  readonly #hosts = { left: new MemoryHost(), right: new MemoryHost() };
  readonly #engines: readonly Engine[];

  constructor(crypto: CryptoProvider, form: Form) {
    const sas = [saBetween(form, 'left', 'right'), saBetween(form, 'right', 'left')];
    this.#engines = (['left', 'right'] as const).map((end) => {
      const engine = new Engine({
        crypto,
        protectedInterface: this.#hosts[end],
        unprotectedInterface: this.#wire[end],
        guard: NO_GUARD,
        unmatched: 'discard',
      });
      engine.commit([...sas, ...policiesOf(form, end)], 0);
      return engine;
    });
  }

  /** Has one host send `octets`; what the other gets. */
  send(from: WireEnd, octets: Uint8Array, to: WireEnd): Uint8Array | undefined {
    this.#hosts[from].send(octets);
    return this.#deliveredTo(to);
  }

  /** Puts `octets` on the wire; what the host on the right gets. */
  inject(octets: Uint8Array): Uint8Array | undefined {
    this.#wire.inject('right', octets);
    return this.#deliveredTo('right');
  }

  /** Forgets the keys. */
  clear(): void {
    for (const engine of this.#engines) engine.commit([{ kind: 'flush-sas', protocol: null }], 0);
  }

  #deliveredTo(end: WireEnd): Uint8Array | undefined {
    const [left, right] = this.#engines;
    left?.pump(0);
    right?.pump(0);
    if (end === 'left') left?.pump(0);
    return this.#hosts[end].delivered.shift();
  }
}

function saBetween(form: Form, from: WireEnd, to: WireEnd): Change {
  const sa: SaParameters = {
    source: ENDS[from],
    destination: ENDS[to],
    protocol: 'esp',
    spi: PUBLISHED.spi,
    reqid: 0,
    replayWindow: 64,
    encryption: { algorithm: AES_GCM_16, key: new Secret(octetsOf(PUBLISHED.key)) },
    integrity: null,
    ...NO_EXTRAS,
    ...form,
    softLifetime: UNLIMITED,
    hardLifetime: UNLIMITED,
  };
  return { kind: 'add-sa', sa };
}

function policiesOf({ mode }: Form, here: WireEnd): Change[] {
  const [local, remote] = here === 'left' ? [ENDS.left, ENDS.right] : [ENDS.right, ENDS.left];
  const selector = {
    localAddress: hostPrefix(local),
    remoteAddress: hostPrefix(remote),
    nextLayerProtocol: 'any',
    localPort: ANY_PORT,
    remotePort: ANY_PORT,
    ...NO_DETAIL,
  } as const;
  const endpoints = mode === 'tunnel' ? { local, remote } : null;
  const template = { protocol: 'esp', mode, endpoints, level: 'require', reqid: 0 } as const;
  const action = { kind: 'protect', templates: [template] } as const;
  return (['outbound', 'inbound'] as const).map((direction) => {
    const policy = { direction, selector, action, priority: DEFAULT_PRIORITY };
    return { kind: 'add-policy', policy };
  });
}

/** What was published, in the clear. */
function plainPacket(from: WireEnd, to: WireEnd): Uint8Array {
  return packet(from, to, PUBLISHED.nextHeader, octetsOf(PUBLISHED.payload));
}

function packet(from: WireEnd, to: WireEnd, protocol: number, payload: Uint8Array): Uint8Array {
  const octets = new Uint8Array(IPV4_HEADER_LENGTH + payload.length);
  octets.set(payload, IPV4_HEADER_LENGTH);
  const header = {
    typeOfService: 0,
    totalLength: octets.length,
    identification: 1,
    dontFragment: false,
    ttl: 64,
    protocol,
    source: ENDS[from],
    destination: ENDS[to],
  };
  emitIpv4Header(header, octets, 0);
  return octets;
}

function octetsOf(digits: string): Uint8Array {
  const octets = fromHex(digits);
  if (octets === undefined) throw new Error('Bug: what was published is no hexadecimal');
  return octets;
}
