/**
 * The stage in one process: two engines and a wire in memory, for machines that give no namespaces.
 * The stack is the same; the hosts behind it only know ping and one datagram.
 *
 * @module
 */
import { formatDiagnostic, readSetkey } from '../../../config/index.ts';
import { nodeProvider } from '../../../crypto/node-provider.ts';
import { ENGINE_MEMORY_LENGTH, Engine } from '../../../dataplane/engine.ts';
import { NO_GUARD } from '../../../dataplane/guard.ts';
import type { UnprotectedInterface } from '../../../dataplane/interfaces.ts';
import { MemoryHost, MemoryWire } from '../../../dataplane/memory-wire.ts';
import { now } from '../../../io/clock.ts';
import { ChangeRefused, type DiscardCounters } from '../../../ipsec/backend.ts';
import { type IpAddress, parseIpAddress } from '../../../net/ip-address.ts';
import { IP_PROTOCOL } from '../../../net/ip-protocol.ts';
import { emitEcho, ICMP_HEADER_LENGTH, ICMP_TYPE, icmpType } from '../../../wire/icmp.ts';
import { emitIpv4Header, IPV4_HEADER_LENGTH, ipv4Protocol } from '../../../wire/ipv4.ts';
import { emitUdp, UDP_HEADER_LENGTH } from '../../../wire/udp.ts';
import { readOctets } from '../../file-trouble.ts';
import {
  ALICE,
  BOB,
  type Configurations,
  PING_TEXT,
  type Stage,
  type WirePacket,
} from './stage.ts';

type EchoType = typeof ICMP_TYPE.ECHO_REQUEST | typeof ICMP_TYPE.ECHO_REPLY;

const PING_LENGTH = 56;
const IDENTIFIER = 0x1d;
const PORT = 5901;

export class MemoryStage implements Stage {
  readonly setting: readonly string[];
  readonly transport = 'UDP';
  readonly doors: readonly string[] = [];
  readonly #wire = new MemoryWire();
  readonly #atAlice = new MemoryHost();
  readonly #atBob = new MemoryHost();
  readonly #alice: Engine;
  readonly #bob: Engine;
  #seen: WirePacket[] = [];
  #pings = 0;

  /** `why` tells what the machine does not give. */
  constructor(why: string) {
    this.setting = [
      `No hosts in network namespaces: ${why}.`,
      `So both hosts, alice (${ALICE}) and bob (${BOB}), are in this process, on a wire in memory:`,
      'the same stack, a synthetic ping and a datagram, the same attacker.',
    ];
    this.#alice = engineOn(this.#atAlice, this.#wire.left);
    this.#bob = engineOn(this.#atBob, this.#wire.right);
    this.#wire.tap((octets) => this.#seen.push({ at: now(), octets }));
  }

  async ping(): Promise<boolean> {
    this.#pings += 1;
    this.#atAlice.send(echo(ICMP_TYPE.ECHO_REQUEST, this.#pings, ALICE, BOB));
    this.#run();
    const asked = this.#atBob.delivered
      .splice(0)
      .some((packet) => isIcmp(packet, ICMP_TYPE.ECHO_REQUEST));
    if (!asked) return false;
    this.#atBob.send(echo(ICMP_TYPE.ECHO_REPLY, this.#pings, BOB, ALICE));
    this.#run();
    return this.#atAlice.delivered.splice(0).some((packet) => isIcmp(packet, ICMP_TYPE.ECHO_REPLY));
  }

  async transfer(text: string): Promise<boolean> {
    const payload = new TextEncoder().encode(text);
    const packet = new Uint8Array(IPV4_HEADER_LENGTH + UDP_HEADER_LENGTH + payload.length);
    const [source, destination] = [addressOf(ALICE), addressOf(BOB)];
    emitUdp(40_000, PORT, payload, source, destination, packet, IPV4_HEADER_LENGTH);
    addIpHeader(packet, IP_PROTOCOL.udp, source, destination);
    this.#atAlice.send(packet);
    this.#run();
    const [arrived] = this.#atBob.delivered.splice(0);
    if (arrived === undefined || ipv4Protocol(arrived, 0) !== IP_PROTOCOL.udp) return false;
    const start = IPV4_HEADER_LENGTH + UDP_HEADER_LENGTH;
    return new TextDecoder().decode(arrived.subarray(start)) === text;
  }

  async load(files: Configurations): Promise<readonly string[]> {
    return [
      ...loadInto(this.#alice, 'alice', files.alice),
      ...loadInto(this.#bob, 'bob', files.bob),
    ];
  }

  async packets(): Promise<readonly WirePacket[]> {
    return this.#seen.splice(0);
  }

  attack(packet: Uint8Array): void {
    this.#wire.inject('right', packet);
    this.#run();
  }

  async discards(): Promise<DiscardCounters> {
    return this.#bob.discards();
  }

  async end(): Promise<void> {}

  /** Until nothing moves any more. */
  #run(): void {
    for (let rounds = 0; rounds < 4; rounds++) {
      while (this.#alice.pump(now()));
      while (this.#bob.pump(now()));
    }
  }
}

function engineOn(host: MemoryHost, wire: UnprotectedInterface): Engine {
  return new Engine({
    crypto: nodeProvider({ octets: new Uint8Array(ENGINE_MEMORY_LENGTH) }),
    protectedInterface: host,
    unprotectedInterface: wire,
    guard: NO_GUARD,
    unmatched: 'transmit',
  });
}

function loadInto(engine: Engine, name: string, file: string): string[] {
  const { steps, diagnostics } = readSetkey({
    name: file,
    text: readOctets(file).toString('utf8'),
  });
  const said = diagnostics.flatMap((diagnostic) => formatDiagnostic(diagnostic).split('\n'));
  if (diagnostics.some(({ severity }) => severity === 'error')) throw new Error(said.join('\n'));
  const changes = steps.flatMap((step) => (step.kind === 'change' ? step.changes : []));
  try {
    engine.commit(changes, now());
  } catch (error) {
    if (!(error instanceof ChangeRefused)) throw error;
    throw new Error(`${name} refused ${file}: ${error.message}`, { cause: error });
  }
  return [`   ${name}# setkey -f ${file}`, ...said.map((line) => `     ${line}`)];
}

function echo(type: EchoType, sequence: number, from: string, to: string): Uint8Array {
  const packet = new Uint8Array(IPV4_HEADER_LENGTH + ICMP_HEADER_LENGTH + PING_LENGTH);
  const payload = new TextEncoder().encode(PING_TEXT.repeat(3)).subarray(0, PING_LENGTH);
  emitEcho(type, IDENTIFIER, sequence, payload, packet, IPV4_HEADER_LENGTH);
  addIpHeader(packet, IP_PROTOCOL.icmp, addressOf(from), addressOf(to));
  return packet;
}

function isIcmp(packet: Uint8Array, type: number): boolean {
  return (
    ipv4Protocol(packet, 0) === IP_PROTOCOL.icmp && icmpType(packet, IPV4_HEADER_LENGTH) === type
  );
}

function addIpHeader(
  packet: Uint8Array,
  protocol: number,
  source: IpAddress,
  destination: IpAddress,
): void {
  emitIpv4Header(
    {
      typeOfService: 0,
      totalLength: packet.length,
      identification: 1,
      dontFragment: false,
      ttl: 64,
      protocol,
      source,
      destination,
    },
    packet,
    0,
  );
}

function addressOf(text: string): IpAddress {
  const address = parseIpAddress(text);
  if (address === undefined) throw new Error(`Bug: ${text} is no address`);
  return address;
}
