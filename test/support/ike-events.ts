/**
 * What becomes of negotiations between the hosts of the examples, for tests of those who tell it.
 *
 * @module
 */
import type { ClientSettings } from '../../src/ike/client-settings.ts';
import type { IkeEvent, Phase1Identity } from '../../src/ike/event.ts';
import type { Path } from '../../src/ike/path.ts';
import type { Phase1Status } from '../../src/ike/status.ts';
import type { SaParameters } from '../../src/ipsec/sa-parameters.ts';
import { fromHex } from '../../src/octets/hex.ts';
import { ALICE, BOB } from './packets.ts';
import { selectorBetween } from './quick-mode.ts';
import { espSa } from './sas.ts';

/** From alice to bob, both at that port. */
export function pathAt(port: number): Path {
  return { local: { address: ALICE, port }, remote: { address: BOB, port } };
}

/** A phase 1 that alice began, in main mode, unless it is said otherwise. */
export function phase1(cookies: string, parts: Partial<Phase1Identity> = {}): Phase1Identity {
  const [initiator = '', responder = ''] = cookies.split(':');
  return {
    path: pathAt(500),
    role: 'initiator',
    mode: 'main',
    initiatorCookie: octets(initiator),
    responderCookie: octets(responder),
    peer: null,
    ...parts,
  };
}

/** An established one. */
export function phase1Status(
  cookies: string,
  establishedAt: number,
  parts: Partial<Phase1Status> = {},
): Phase1Status {
  return {
    ...phase1(cookies),
    state: { kind: 'established', sent: 3, received: 3 },
    establishedAt,
    expiresAt: establishedAt + 3_600_000,
    remoteIdentity: '10.9.0.2',
    settings: null,
    phase2: [{ messageId: 1, role: 'initiator', state: 'established', sas: [] }],
    ...parts,
  };
}

/** It is established, between addresses. */
export function established(identity: Phase1Identity): IkeEvent {
  const remoteIdentity = '10.9.0.2';
  return { kind: 'phase1-established', phase1: identity, remoteIdentity, settings: null };
}

/** It has its settings. */
export function settled(
  identity: Phase1Identity,
  settings: ClientSettings | null = null,
): IkeEvent {
  return { kind: 'phase1-settled', phase1: identity, remoteIdentity: '10.9.0.2', settings };
}

/** Quick mode under it came to `sas`, for all that goes between alice and bob. */
export function phase2Established(
  identity: Phase1Identity,
  sas: readonly SaParameters[],
): IkeEvent {
  const selector = selectorBetween('10.9.0.1', '10.9.0.2');
  return { kind: 'phase2-established', phase1: identity, messageId: 1, selector, sas };
}

/** It ended. */
export function deleted(
  identity: Phase1Identity,
  reason: Extract<IkeEvent, { readonly kind: 'phase1-deleted' }>['reason'],
): IkeEvent {
  const remoteIdentity = '10.9.0.2';
  return { kind: 'phase1-deleted', phase1: identity, remoteIdentity, settings: null, reason };
}

/** Alice's, from bob. */
export function inboundSa(spi: number, parts: Partial<SaParameters> = {}): SaParameters {
  return espSa({ source: BOB, destination: ALICE, spi, mode: 'transport', ...parts });
}

/** Alice's, to bob. */
export function outboundSa(spi: number, parts: Partial<SaParameters> = {}): SaParameters {
  return espSa({ source: ALICE, destination: BOB, spi, mode: 'transport', ...parts });
}

function octets(digits: string): Uint8Array {
  const read = fromHex(digits);
  if (read === undefined) throw new TypeError(`${digits} is not hexadecimal`);
  return read;
}
