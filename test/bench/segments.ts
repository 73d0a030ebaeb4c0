/**
 * What a segment costs of a TCP packet that the host handed over whole: nanoseconds of processor time
 * to cut and seal it in one engine, and to open it and join it with others in a second.
 *
 *   60 KiB of TCP ══ alice's engine ══ slots ══ bob's engine ══ joined ══ count
 *
 * Runs when imported, on OpenSSL. The octets are carried to the slots by a copy, which counts. All segments of a
 * packet come in one message where ESP is in UDP, by another copy, and else in one batch, in their slots.
 *
 * @module
 */
import { AES_CBC } from '../../src/crypto/aes-cbc.ts';
import { AES_GCM_16 } from '../../src/crypto/aes-gcm.ts';
import type { EncryptionAlgorithm, IntegrityAlgorithm } from '../../src/crypto/algorithm.ts';
import { CHACHA20_POLY1305 } from '../../src/crypto/chacha20-poly1305.ts';
import { HMAC_SHA256 } from '../../src/crypto/hmac-sha2.ts';
import { COALESCING_LENGTH, Coalescing } from '../../src/dataplane/coalescing.ts';
import { ENGINE_MEMORY_LENGTH, Engine } from '../../src/dataplane/engine.ts';
import { NO_GUARD } from '../../src/dataplane/guard.ts';
import {
  NONE_FOLLOWING,
  type ProtectedInterface,
  type UnprotectedInterface,
} from '../../src/dataplane/interfaces.ts';
import { opensslProvider } from '../../src/io/openssl/provider.ts';
import { PinnedMemory } from '../../src/io/pinned-memory.ts';
import type { Change } from '../../src/ipsec/change.ts';
import type { Following } from '../../src/ipsec/opening-train.ts';
import type { Packet } from '../../src/ipsec/packet.ts';
import { IP_PROTOCOL } from '../../src/net/ip-protocol.ts';
import { IPV4_HEADER_LENGTH } from '../../src/wire/ipv4.ts';
import { emitTcp, TCP_FLAG, TCP_HEADER_LENGTH } from '../../src/wire/tcp.ts';
import { noOffload, VIRTIO_SEGMENTS } from '../../src/wire/virtio-net.ts';
import { ALICE, BOB, countedOctets, ipv4Packet } from '../support/packets.ts';
import {
  addPolicy,
  addSa,
  cipherOf,
  espSa,
  integrityOf,
  inUdp,
  layer,
  mirrored,
  policy,
  protect,
  testKey,
  tunnel,
} from '../support/sas.ts';
import { MESSAGE_LENGTH, UdpMessages } from '../support/udp-messages.ts';
import { report } from './report.ts';

const SEGMENT_SIZE = 1380;
const SEGMENTS = 43;
const OPTIONS = Uint8Array.of(1, 1, 8, 10, 0, 0, 7, 1, 0, 0, 7, 2);
/** Packets of the host that are sealed before any is opened. */
const LARGE_PACKETS = 200;
const SLOT_LENGTH = 1600;
const MESSAGES_AT = ENGINE_MEMORY_LENGTH + COALESCING_LENGTH;
const SLOTS_AT = MESSAGES_AT + MESSAGE_LENGTH;
const SLOTS_LENGTH = LARGE_PACKETS * SEGMENTS * SLOT_LENGTH;
const WARM_UPS = 20;
const ROUNDS = 40;

interface Scheme {
  readonly name: string;
  readonly algorithm: EncryptionAlgorithm;
  readonly integrity?: IntegrityAlgorithm;
  readonly inUdp: boolean;
  readonly tunnel: boolean;
}

const SCHEMES: readonly Scheme[] = [
  { name: 'aes-gcm-16, in UDP, tunnel', algorithm: AES_GCM_16, inUdp: true, tunnel: true },
  { name: 'aes-gcm-16, tunnel', algorithm: AES_GCM_16, inUdp: false, tunnel: true },
  { name: 'aes-gcm-16, transport', algorithm: AES_GCM_16, inUdp: false, tunnel: false },
  {
    name: 'chacha20-poly1305, transport',
    algorithm: CHACHA20_POLY1305,
    inUdp: false,
    tunnel: false,
  },
  {
    name: 'aes-cbc, hmac-sha256, in UDP, tunnel',
    algorithm: AES_CBC,
    integrity: HMAC_SHA256,
    inUdp: true,
    tunnel: true,
  },
];

function changesOf(scheme: Scheme): { alice: readonly Change[]; bob: readonly Change[] } {
  const { algorithm, integrity } = scheme;
  const plain = espSa({
    mode: scheme.tunnel ? 'tunnel' : 'transport',
    encryption: algorithm === AES_GCM_16 ? { algorithm, key: testKey(160) } : cipherOf(algorithm),
    integrity: integrity === undefined ? null : integrityOf(integrity),
    replayWindow: 1024,
  });
  const sa = scheme.inUdp ? inUdp(plain) : plain;
  const out = policy('outbound', protect(scheme.tunnel ? tunnel('esp', ALICE, BOB) : layer('esp')));
  return {
    alice: [addSa(sa), addPolicy(out)],
    bob: [addSa(sa), addPolicy(mirrored(out))],
  };
}

/** A packet as large as `SEGMENTS` segments make it. */
function largePacket(): Uint8Array {
  const header = {
    sourcePort: 40000,
    destinationPort: 5201,
    sequenceNumber: 1000,
    acknowledgmentNumber: 77,
    flags: TCP_FLAG.ACK,
    window: 501,
    options: OPTIONS,
  };
  const payload = countedOctets(SEGMENTS * SEGMENT_SIZE);
  const segment = new Uint8Array(TCP_HEADER_LENGTH + OPTIONS.length + payload.length);
  emitTcp(header, payload, ALICE, BOB, segment, 0);
  return ipv4Packet({ protocol: IP_PROTOCOL.tcp, payload: segment, dontFragment: true });
}

class Track {
  readonly #alice: Engine;
  readonly #bob: Engine;
  /** In Bob's memory. */
  readonly #slots: Uint8Array;
  readonly #lengths = new Int32Array(LARGE_PACKETS * SEGMENTS);
  /** What is in the slots, where ESP is in UDP. */
  readonly #messages: UdpMessages | null;
  #filled = 0;
  #emptied = 0;
  #toSend = 0;
  #delivered = 0;
  readonly #following: Following = {
    at: 0,
    stride: SLOT_LENGTH,
    length: 0,
    count: 0,
    frontLength: IPV4_HEADER_LENGTH,
  };

  constructor(scheme: Scheme) {
    const octets = largePacket();
    const offload = {
      ...noOffload(),
      needsChecksum: true,
      segments: VIRTIO_SEGMENTS.TCPV4,
      segmentSize: SEGMENT_SIZE,
      checksumStart: 20,
      checksumOffset: 16,
    };
    const source: ProtectedInterface = {
      receive: (packet) => {
        if (this.#toSend === 0) return false;
        this.#toSend--;
        packet.memory.octets.set(octets, packet.at);
        packet.length = octets.length;
        return true;
      },
      deliver: () => undefined,
      deliverTrain: () => 0,
      offload,
      flush: () => undefined,
    };
    const into: UnprotectedInterface = {
      ...NOTHING,
      transmitAll: (packets, count) => {
        for (let k = 0; k < count; k++) this.#carry(packets[k]);
        return 0;
      },
    };
    const slots: UnprotectedInterface = {
      ...NOTHING,
      receive: (packet) => {
        if (this.#emptied === this.#filled) return false;
        const length = this.#lengths[this.#emptied] ?? 0;
        const at = this.#emptied++ * SLOT_LENGTH;
        packet.memory.octets.set(this.#slots.subarray(at, at + length), packet.at);
        packet.length = length;
        this.#following.at = SLOTS_AT + this.#emptied * SLOT_LENGTH + IPV4_HEADER_LENGTH;
        this.#following.length = length - IPV4_HEADER_LENGTH;
        this.#following.count = SEGMENTS - 1 - ((this.#emptied - 1) % SEGMENTS);
        return true;
      },
      following: this.#following,
      passOver: (count) => {
        this.#emptied += count;
      },
    };
    this.#alice = engine(new PinnedMemory(ENGINE_MEMORY_LENGTH, true), source, into);
    const memory = new PinnedMemory(SLOTS_AT + SLOTS_LENGTH, true);
    this.#slots = memory.octets.subarray(SLOTS_AT);
    this.#messages = scheme.inUdp
      ? new UdpMessages(memory.octets, MESSAGES_AT, this.#slots.length)
      : null;
    const coalescing = new Coalescing(memory.octets, ENGINE_MEMORY_LENGTH, (_, length) => {
      this.#delivered += length;
    });
    this.#bob = engine(
      memory,
      {
        receive: () => false,
        deliver: ({ at, length }) => coalescing.take(at, length),
        deliverTrain: (train) => coalescing.takeTrain(train),
        offload: noOffload(),
        flush: () => coalescing.flush(),
      },
      this.#messages === null ? slots : messagesOf(this.#messages),
    );
    const { alice, bob } = changesOf(scheme);
    this.#alice.commit(alice, 0);
    this.#bob.commit(bob, 0);
  }

  #carry(packet: Packet | undefined): void {
    if (packet === undefined) return;
    const { memory, at, length } = packet;
    this.#slots.set(memory.octets.subarray(at, at + length), this.#filled * SLOT_LENGTH);
    this.#lengths[this.#filled++] = length;
  }

  #turnToMessages(): void {
    const messages = this.#messages;
    if (messages === null) return;
    messages.clear();
    for (let k = 0; k < this.#filled; k++) {
      const at = k * SLOT_LENGTH;
      messages.put(this.#slots.subarray(at, at + (this.#lengths[k] ?? 0)));
      if (k % SEGMENTS === SEGMENTS - 1) messages.endMessage();
    }
  }

  /** Nanoseconds a segment. Throws if anything is lost. */
  run(): { readonly seal: number; readonly open: number } {
    this.#delivered = 0;
    this.#toSend = LARGE_PACKETS;
    this.#filled = 0;
    this.#emptied = 0;
    const start = busyMicroseconds();
    while (this.#toSend > 0) this.#alice.pump(0);
    const middle = busyMicroseconds();
    this.#turnToMessages();
    const again = busyMicroseconds();
    while (this.#bob.pump(0));
    const end = busyMicroseconds();
    const segments = LARGE_PACKETS * SEGMENTS;
    if (this.#filled !== segments || this.#delivered < segments * SEGMENT_SIZE) {
      const discards = JSON.stringify([this.#alice.discards(), this.#bob.discards()]);
      throw new Error(`Cannot measure: ${this.#filled}, ${this.#delivered}: ${discards}`);
    }
    return {
      seal: ((middle - start) * 1000) / segments,
      open: ((end - again) * 1000) / segments,
    };
  }
}

const NOTHING: UnprotectedInterface = {
  receive: () => false,
  following: NONE_FOLLOWING,
  passOver: () => undefined,
  receiveTooBig: () => false,
  transmit: () => false,
  mostTogether: () => 45,
  transmitAll: (_, count) => count,
  // So that segments of one length fit under every scheme.
  pathMtu: () => 1536,
  listen: () => undefined,
  isOwn: () => true,
};

function messagesOf(messages: UdpMessages): UnprotectedInterface {
  return {
    ...NOTHING,
    receive: (packet) => messages.receive(packet),
    following: messages.following,
    passOver: (count) => messages.passOver(count),
  };
}

function engine(
  memory: PinnedMemory,
  inside: ProtectedInterface,
  outside: UnprotectedInterface,
): Engine {
  return new Engine({
    crypto: opensslProvider(memory),
    protectedInterface: inside,
    unprotectedInterface: outside,
    guard: NO_GUARD,
    unmatched: 'discard',
  });
}

/** Of this process alone: what else the machine does counts less. */
function busyMicroseconds(): number {
  const { user, system } = process.cpuUsage();
  return user + system;
}

/** The round that took the least time. */
function measure(scheme: Scheme): Record<string, number> {
  const track = new Track(scheme);
  for (let k = 0; k < WARM_UPS; k++) track.run();
  const rounds = Array.from({ length: ROUNDS }, () => track.run());
  const seal = Math.min(...rounds.map((round) => round.seal));
  const open = Math.min(...rounds.map((round) => round.open));
  return { 'seal, ns': Math.round(seal), 'open, ns': Math.round(open) };
}

report(Object.fromEntries(SCHEMES.map((scheme) => [scheme.name, measure(scheme)])));
