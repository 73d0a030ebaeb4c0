/**
 * Proposal payloads (RFC 2408 §3.5): a protocol, the SPI we want in it, and transforms of which one is to
 * be chosen. Proposals of one number belong together: all of them, or none (§4.2).
 *
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |  Proposal #   |  Protocol-Id  |    SPI Size   |# of Transforms|
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * ~                        SPI (variable)                         ~
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * ~                     Transform payloads                        ~
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *
 * @module
 */
import { Malformed, type Parsed } from '../../octets/malformed.ts';
import { setU8, u8 } from '../../octets/octets.ts';
import { MOST_PROPOSALS } from './limits.ts';
import { emitPayloadChain, parsePayloadChain } from './payload-chain.ts';
import { IKEV1_PAYLOAD } from './payload-type.ts';
import { emitTransform, parseTransform, type Transform } from './transform.ts';

const NUMBER = 0;
const PROTOCOL_ID = 1;
const SPI_SIZE = 2;
const TRANSFORM_COUNT = 3;
const SPI = 4;

export interface Proposal {
  readonly number: number;
  /** One of `PROTOCOL_ID` of `ipsec-doi.ts`, or another number. */
  readonly protocolId: number;
  /** At most 255 octets; of phase 1 none, or what §3.5 lets anybody ignore. */
  readonly spi: Uint8Array;
  /** In the order of preference; at most 255. */
  readonly transforms: readonly Transform[];
}

/** Reads the body of a proposal payload; octet strings are views. */
export function parseProposal(body: Uint8Array): Parsed<Proposal> {
  if (body.length < SPI) return Malformed.truncated('proposal', SPI, body.length);
  const transformsAt = SPI + u8(body, SPI_SIZE);
  if (body.length < transformsAt) {
    return Malformed.truncated('proposal', transformsAt, body.length);
  }
  const count = u8(body, TRANSFORM_COUNT);
  const first = count === 0 ? IKEV1_PAYLOAD.NONE : IKEV1_PAYLOAD.T;
  const chain = parsePayloadChain(first, body.subarray(transformsAt), MOST_PROPOSALS);
  if (chain instanceof Malformed) return chain;
  if (chain.rest.length > 0) {
    return new Malformed('proposal', `${chain.rest.length} octets left over`);
  }
  if (chain.payloads.length !== count) {
    return new Malformed('proposal', `says ${count} transforms, has ${chain.payloads.length}`);
  }
  const transforms: Transform[] = [];
  for (const { type, body } of chain.payloads) {
    if (type !== IKEV1_PAYLOAD.T) return new Malformed('proposal', `payload ${type} is within`);
    const transform = parseTransform(body);
    if (transform instanceof Malformed) return transform;
    transforms.push(transform);
  }
  return {
    number: u8(body, NUMBER),
    protocolId: u8(body, PROTOCOL_ID),
    spi: body.subarray(SPI, transformsAt),
    transforms,
  };
}

/** The body of the proposal payload. */
export function emitProposal({ number, protocolId, spi, transforms }: Proposal): Uint8Array {
  const chain = emitPayloadChain(
    transforms.map((transform) => ({ type: IKEV1_PAYLOAD.T, body: emitTransform(transform) })),
  );
  const body = new Uint8Array(SPI + spi.length + chain.length);
  setU8(body, NUMBER, number);
  setU8(body, PROTOCOL_ID, protocolId);
  setU8(body, SPI_SIZE, spi.length);
  setU8(body, TRANSFORM_COUNT, transforms.length);
  body.set(spi, SPI);
  body.set(chain, SPI + spi.length);
  return body;
}
