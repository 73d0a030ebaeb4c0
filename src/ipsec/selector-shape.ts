/**
 * Shapes of selectors: which bits of a packet a selector looks at, whatever it wants them to be.
 *
 *   local 10.1.0.0/16, remote 10.2.3.0/24, tcp, any port, port 443
 *         16 bits             24 bits   protocol   0 bits  16 bits
 *
 * Selectors of one shape are found by a hash of those bits of the packet, however many they are. A
 * range of ports is as many shapes as it takes to make it of ports that begin with the same bits.
 *
 * @module
 */
import { mix, mixAddress } from '../net/hash.ts';
import { isAnyPort, type PortRange } from '../net/port-range.ts';
import { addressBits } from '../net/prefix.ts';
import type { Selector, Traffic } from './selector.ts';

/** Numbers of bits from the front, the protocol itself, and whether the others are looked at. */
export interface SelectorShape {
  readonly version: 4 | 6;
  readonly localBits: number;
  readonly remoteBits: number;
  readonly protocol: number | 'any';
  readonly localPortBits: number;
  readonly remotePortBits: number;
  readonly messageType: boolean;
  readonly messageCode: boolean;
  readonly greKey: boolean;
}

/** A selector, or the part of it whose ports begin with the same bits. */
export interface Shaped {
  readonly shape: SelectorShape;
  /** {@link trafficKey} of every packet that it matches. */
  readonly key: number;
  /** Begin as those that it is about do. */
  readonly localPort: number;
  readonly remotePort: number;
}

/** Ports that share their first `bits` bits with `port`. */
interface PortPrefix {
  readonly port: number;
  readonly bits: number;
}

/** A number that no other shape has. */
export function shapeNumber(shape: SelectorShape): number {
  let number = shape.version === 4 ? 0 : 1;
  number = number * 129 + shape.localBits;
  number = number * 129 + shape.remoteBits;
  number = number * 257 + (shape.protocol === 'any' ? 256 : shape.protocol);
  number = number * 17 + shape.localPortBits;
  number = number * 17 + shape.remotePortBits;
  const flags = (shape.messageType ? 4 : 0) | (shape.messageCode ? 2 : 0) | (shape.greKey ? 1 : 0);
  return number * 8 + flags;
}

/** All of what `selector` looks at; more than one where ports are a range. */
export function shapesOf(selector: Selector): Shaped[] {
  const { message, greKey } = selector;
  const base: SelectorShape = {
    ...addressShape(selector, selector.nextLayerProtocol),
    messageType: message !== null && message.type !== null,
    messageCode: message !== null && message.code !== null,
    greKey: greKey !== null,
  };
  if (isAnyPort(selector.localPort) && isAnyPort(selector.remotePort)) {
    return [shaped(base, selector, 0, 0)];
  }
  return portPrefixes(selector.localPort).flatMap((local) =>
    portPrefixes(selector.remotePort).map((remote) => {
      const shape = { ...base, localPortBits: local.bits, remotePortBits: remote.bits };
      return shaped(shape, selector, local.port, remote.port);
    }),
  );
}

/** What `selector` looks at besides ports, messages and keys; nor its protocol unless `protocol`. */
export function outlineOf(selector: Selector, protocol: boolean): Shaped {
  const shape = addressShape(selector, protocol ? selector.nextLayerProtocol : 'any');
  return shaped(shape, selector, 0, 0);
}

function shaped(
  shape: SelectorShape,
  selector: Selector,
  localPort: number,
  remotePort: number,
): Shaped {
  const key = selectorKeyUnder(shape, selector, localPort, remotePort);
  return { shape, key, localPort, remotePort };
}

/**
 * A hash of the bits of `traffic`, of the same IP version and protocol, that `shape` looks at; `local` and `remote`
 * are {@link addressHash} of its addresses.
 */
export function trafficKey(
  shape: SelectorShape,
  traffic: Traffic,
  local: number,
  remote: number,
): number {
  let key = mix(local, remote);
  if (shape.localPortBits > 0) key = mix(key, traffic.localPort >> (16 - shape.localPortBits));
  if (shape.remotePortBits > 0) key = mix(key, traffic.remotePort >> (16 - shape.remotePortBits));
  if (shape.messageType) key = mix(key, traffic.messageType);
  if (shape.messageCode) key = mix(key, traffic.messageCode);
  if (shape.greKey) key = mix(key, traffic.greKey | 0);
  return key;
}

/** A hash of the first `bits` bits of the address of `version` at `at`. */
export function addressHash(version: 4 | 6, octets: Uint8Array, at: number, bits: number): number {
  return mixAddress(bits, version, octets, at, bits);
}

/** {@link trafficKey} of the packets that `selector` picks, with ports that begin as these do. */
function selectorKeyUnder(
  shape: SelectorShape,
  selector: Selector,
  localPort: number,
  remotePort: number,
): number {
  const { localAddress, remoteAddress, message, greKey } = selector;
  const { version } = shape;
  let key = mix(
    addressHash(version, localAddress.address.octets, 0, shape.localBits),
    addressHash(version, remoteAddress.address.octets, 0, shape.remoteBits),
  );
  if (shape.localPortBits > 0) key = mix(key, localPort >> (16 - shape.localPortBits));
  if (shape.remotePortBits > 0) key = mix(key, remotePort >> (16 - shape.remotePortBits));
  if (shape.messageType) key = mix(key, message?.type ?? 0);
  if (shape.messageCode) key = mix(key, message?.code ?? 0);
  if (shape.greKey) key = mix(key, (greKey ?? 0) | 0);
  return key;
}

function addressShape(
  { localAddress, remoteAddress }: Selector,
  protocol: number | 'any',
): SelectorShape {
  const { version } = localAddress.address;
  const most = addressBits(version);
  return {
    version,
    localBits: Math.min(localAddress.length, most),
    remoteBits: Math.min(remoteAddress.length, most),
    protocol,
    localPortBits: 0,
    remotePortBits: 0,
    messageType: false,
    messageCode: false,
    greKey: false,
  };
}

const PORT_BITS = 16;

/** The fewest prefixes that make up `range`, each as long as it can be; at most 30. */
export function portPrefixes(range: PortRange): PortPrefix[] {
  if (isAnyPort(range)) return [{ port: 0, bits: 0 }];
  const prefixes: PortPrefix[] = [];
  let { first } = range;
  while (first <= range.last) {
    let bits = PORT_BITS;
    while (bits > 0) {
      const size = 1 << (PORT_BITS - bits + 1);
      if (first % size !== 0 || first + size - 1 > range.last) break;
      bits -= 1;
    }
    prefixes.push({ port: first, bits });
    first += 1 << (PORT_BITS - bits);
  }
  return prefixes;
}

/** A hash for selectors: the same where they are written the same, and different in most others. */
export function selectorHash(selector: Selector): number {
  const { localAddress, remoteAddress, nextLayerProtocol, localPort, remotePort } = selector;
  const { version } = localAddress.address;
  const bits = addressBits(version);
  // Bits past the length of a prefix belong to its name.
  let hash = mixAddress(localAddress.length, version, localAddress.address.octets, 0, bits);
  hash = mixAddress(
    mix(hash, remoteAddress.length),
    version,
    remoteAddress.address.octets,
    0,
    bits,
  );
  hash = mix(hash, nextLayerProtocol === 'any' ? -1 : nextLayerProtocol);
  hash = mix(mix(hash, localPort.first), localPort.last);
  return mix(mix(hash, remotePort.first), remotePort.last);
}
