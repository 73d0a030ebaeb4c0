/**
 * `struct sadb_x_policy`, KAME's extension for policies, and its `struct sadb_x_ipsecrequest`s: the
 * layers of protection, innermost first.
 *
 *      sadb_x_policy                          sadb_x_ipsecrequest
 *   4  type         16 bits                0  length        16 bits, in octets, of all of it
 *   6  direction    octet, one of nothing  2  protocol      16 bits
 *   8  index                               4  mode          octet
 *  12  priority                            5  level         octet; two octets of nothing follow
 *  16  requests                            8  reqid         four octets of nothing follow
 *                                         16  socket addresses of a tunnel's ends, or nothing
 *
 * Integers are in host order. Zeros fill a request up to a multiple of 8 octets.
 *
 * @module
 */
import { hostU16, hostU32, setHostU16, setHostU32 } from '../octets/host.ts';
import { Malformed, type Parsed } from '../octets/malformed.ts';
import { setU8, u8 } from '../octets/octets.ts';
import {
  emitSocketAddressPair,
  parseSocketAddressPair,
  type SocketAddress,
  socketAddressLength,
} from './socket-address.ts';

const TYPE = 4;
const DIRECTION = 6;
const INDEX = 8;
const PRIORITY = 12;
const REQUESTS = 16;

const LENGTH = 0;
const PROTOCOL = 2;
const MODE = 4;
const LEVEL = 5;
const REQID = 8;
const ENDPOINTS = 16;

/** Octets of the extension without requests. */
export const SADB_X_POLICY_LENGTH: number = REQUESTS;

export interface SadbRequest {
  /** An IP protocol number: ESP, AH or IPComp. */
  readonly protocol: number;
  /** One of IPSEC_MODE. */
  readonly mode: number;
  /** One of IPSEC_LEVEL. */
  readonly level: number;
  readonly reqid: number;
  /** Source and destination of a tunnel; `null` in transport mode. */
  readonly endpoints: readonly [SocketAddress, SocketAddress] | null;
}

export interface SadbPolicy {
  readonly kind: 'X_POLICY';
  /** One of IPSEC_POLICY. */
  readonly type: number;
  /** One of IPSEC_DIR. */
  readonly direction: number;
  readonly index: number;
  readonly priority: number;
  readonly requests: readonly SadbRequest[];
}

/** In octets. */
export function sadbPolicyLength({ requests }: SadbPolicy): number {
  return requests.reduce((length, request) => length + sadbRequestLength(request), REQUESTS);
}

/** In octets, padding included. */
export function sadbRequestLength({ endpoints }: SadbRequest): number {
  if (endpoints === null) return ENDPOINTS;
  const [source, destination] = endpoints;
  const length = socketAddressLength(source.address) + socketAddressLength(destination.address);
  return ENDPOINTS + Math.ceil(length / 8) * 8;
}

/** Reads the whole extension, of at least {@link SADB_X_POLICY_LENGTH} octets. */
export function parseSadbPolicy(octets: Uint8Array): Parsed<SadbPolicy> {
  const requests: SadbRequest[] = [];
  let at = REQUESTS;
  while (at < octets.length) {
    const length = hostU16(octets, at + LENGTH);
    if (length < ENDPOINTS || length % 8 !== 0 || at + length > octets.length) {
      return new Malformed('sadb policy', `a request of ${length} octets does not fit`);
    }
    const request = parseRequest(octets.subarray(at, at + length));
    if (request instanceof Malformed) return request;
    requests.push(request);
    at += length;
  }
  return {
    kind: 'X_POLICY',
    type: hostU16(octets, TYPE),
    direction: u8(octets, DIRECTION),
    index: hostU32(octets, INDEX),
    priority: hostU32(octets, PRIORITY),
    requests,
  };
}

/** Writes to `octets`, which are zero, all but the extension header. */
export function emitSadbPolicy(policy: SadbPolicy, octets: Uint8Array): void {
  setHostU16(octets, TYPE, policy.type);
  setU8(octets, DIRECTION, policy.direction);
  setHostU32(octets, INDEX, policy.index);
  setHostU32(octets, PRIORITY, policy.priority);
  let at = REQUESTS;
  for (const request of policy.requests) {
    emitRequest(request, octets.subarray(at));
    at += sadbRequestLength(request);
  }
}

function parseRequest(octets: Uint8Array): Parsed<SadbRequest> {
  const endpoints =
    octets.length === ENDPOINTS ? null : parseSocketAddressPair(octets.subarray(ENDPOINTS));
  if (endpoints instanceof Malformed) return endpoints;
  return {
    protocol: hostU16(octets, PROTOCOL),
    mode: u8(octets, MODE),
    level: u8(octets, LEVEL),
    reqid: hostU32(octets, REQID),
    endpoints,
  };
}

function emitRequest(request: SadbRequest, octets: Uint8Array): void {
  setHostU16(octets, LENGTH, sadbRequestLength(request));
  setHostU16(octets, PROTOCOL, request.protocol);
  setU8(octets, MODE, request.mode);
  setU8(octets, LEVEL, request.level);
  setHostU32(octets, REQID, request.reqid);
  if (request.endpoints !== null) {
    emitSocketAddressPair(request.endpoints, octets.subarray(ENDPOINTS));
  }
}
