/**
 * Which SA `establish-sa` and `delete-sa` are about, as their words say.
 *
 * @module
 */
import { NO_DETAIL, type Selector } from '../../ipsec/selector.ts';
import { type IpAddress, parseIpAddress } from '../../net/ip-address.ts';
import { ipProtocolNumber } from '../../net/ip-protocol.ts';
import { ANY_PORT, onePort, type PortRange } from '../../net/port-range.ts';
import { addressBits, type Prefix } from '../../net/prefix.ts';

/** The words make no sense: what the original says of it, and what we do. */
export class WrongWords extends Error {
  override readonly name = 'WrongWords';
  /** What is wrong, as a sentence; `null` where the message says it. */
  readonly explanation: string | null;

  constructor(message: string, explanation: string | null = null) {
    super(message);
    this.explanation = explanation;
  }
}

export type SaWords =
  | { readonly kind: 'isakmp'; readonly local: IpAddress; readonly remote: IpAddress }
  /** `selector` is of the outbound policy. */
  | {
      readonly kind: 'esp' | 'ah';
      readonly local: IpAddress;
      readonly remote: IpAddress;
      readonly selector: Selector;
    };

/** Reads `isakmp inet 10.9.0.1 10.9.0.2` and the like. Throws {@link WrongWords}. */
export function parseSaWords(words: readonly string[]): SaWords {
  const [kind, ...rest] = words;
  if (kind === undefined) throw new WrongWords('insufficient arguments');
  if (kind === 'isakmp') {
    const { local, remote } = parseAddressPair(rest.slice(0, 3));
    refuseMore(rest.slice(3));
    return { kind, local, remote };
  }
  if (kind === 'esp' || kind === 'ah') return parseTraffic(kind, rest);
  throw new WrongWords(`unknown protocol ${kind}`, 'It is isakmp, esp or ah.');
}

/** Reads `inet 10.9.0.1 10.9.0.2`. Throws {@link WrongWords}. */
export function parseAddressPair(words: readonly string[]): {
  readonly local: IpAddress;
  readonly remote: IpAddress;
} {
  const [family, local, remote, ...more] = words;
  const version = versionOf(family);
  if (local === undefined || remote === undefined) throw new WrongWords('insufficient arguments');
  refuseMore(more);
  return { local: addressOf(local, version), remote: addressOf(remote, version) };
}

/** Reads one address of either version. Throws {@link WrongWords}. */
export function parseAddress(text: string): IpAddress {
  const address = parseIpAddress(text);
  if (address !== undefined) return address;
  throw new WrongWords(`${text} is not an address`, 'Names are not looked up.');
}

function parseTraffic(kind: 'esp' | 'ah', words: readonly string[]): SaWords {
  const [family, local, remote, protocol, ...more] = words;
  const version = versionOf(family);
  if (local === undefined || remote === undefined || protocol === undefined) {
    throw new WrongWords('insufficient arguments', 'It is: inet SRC DST PROTOCOL.');
  }
  refuseMore(more);
  const ours = endOf(local, version);
  const theirs = endOf(remote, version);
  const selector: Selector = {
    localAddress: ours.prefix,
    remoteAddress: theirs.prefix,
    nextLayerProtocol: protocolOf(protocol, version),
    localPort: ours.port,
    remotePort: theirs.port,
    ...NO_DETAIL,
  };
  return { kind, local: ours.prefix.address, remote: theirs.prefix.address, selector };
}

function versionOf(family: string | undefined): 4 | 6 {
  if (family === undefined) throw new WrongWords('insufficient arguments');
  if (family === 'inet') return 4;
  if (family === 'inet6') return 6;
  throw new WrongWords(
    'kmpstat: Address family not supported by protocol',
    `It is inet or inet6, and not ${family}.`,
  );
}

function addressOf(text: string, version: 4 | 6): IpAddress {
  const address = parseAddress(text);
  if (address.version === version) return address;
  throw new WrongWords(`${text} is not an IPv${version} address`);
}

/** `10.9.0.1`, `10.9.0.1/32[80]`; and `10.9.0.1/32/80`, as the original's usage has it. */
function endOf(
  text: string,
  version: 4 | 6,
): { readonly prefix: Prefix; readonly port: PortRange } {
  const shape = /^([^/[\]]+)(?:\/(\d{1,3}))?(?:\[(\d{1,5}|any)\]|\/(\d{1,5}|any))?$/;
  const [, addressText, lengthText, bracketed, behindSlash] = shape.exec(text) ?? [];
  if (addressText === undefined) {
    throw new WrongWords(`${text} is not understood`, 'It is ADDRESS/LENGTH[PORT].');
  }
  const address = addressOf(addressText, version);
  const length = lengthText === undefined ? addressBits(version) : Number(lengthText);
  if (length > addressBits(version)) {
    throw new WrongWords(`${text}: a length is at most ${addressBits(version)}`);
  }
  return { prefix: { address, length }, port: portOf(bracketed ?? behindSlash, text) };
}

function portOf(word: string | undefined, text: string): PortRange {
  if (word === undefined || word === 'any' || Number(word) === 0) return ANY_PORT;
  if (Number(word) <= 0xffff) return onePort(Number(word));
  throw new WrongWords(`${text}: a port is at most 65535`);
}

function protocolOf(word: string, version: 4 | 6): number | 'any' {
  if (word === 'any') return 'any';
  const name = word === 'icmp' && version === 6 ? 'icmp6' : word;
  const number = /^\d{1,3}$/.test(word) ? Number(word) : ipProtocolNumber(name);
  if (number !== undefined && number <= 0xff) return number;
  throw new WrongWords(`unknown protocol ${word}`, 'It is any, icmp, tcp, udp, gre or a number.');
}

function refuseMore(words: readonly string[]): void {
  if (words.length > 0) throw new WrongWords(`"${words[0]}" is one word too many`);
}
