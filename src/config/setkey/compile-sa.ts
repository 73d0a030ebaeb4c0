/**
 * Statements about SAs: from the syntax tree to changes of the SAD.
 *
 * @module
 */
import { Secret } from '../../crypto/secret.ts';
import type { SaPair } from '../../ipsec/change.ts';
import type { IpsecProtocol } from '../../ipsec/policy.ts';
import {
  ESP_IN_UDP_PORT,
  LARGEST_CPI,
  LEAST_SPI,
  type SaId,
  type SaParameters,
  sameSaId,
  type UdpEncapsulation,
} from '../../ipsec/sa-parameters.ts';
import type { SpiRequest } from '../../ipsec/spi-request.ts';
import { IP_PROTOCOL } from '../../net/ip-protocol.ts';
import type { Report } from '../diagnostic.ts';
import type { CompileContext } from './compile-context.ts';
import { compileBinding, compileExtensions, ignoreExtensions } from './compile-extension.ts';
import { readEnds, readOneEnds, readOneHost } from './compile-host.ts';
import { compileAlgorithms } from './compile-protocol.ts';
import { compileSecurityContext } from './compile-security-context.ts';
import { isZero, readIpsecProtocol, readNewSpi, readPort, readSpi } from './compile-word.ts';
import type {
  AddStatement,
  DeleteAllStatement,
  Host,
  ProtocolText,
  SaReference,
  Word,
} from './syntax.ts';

/** Up to here Linux looks for an SPI when none is named (PF_KEY's SADB_GETSPI). */
const MOST_ANY_SPI = 0x0fffffff;

/**
 * Compiles `add`: an SA for each pair of addresses that its hosts stand for. `undefined` when
 * something is wrong and was reported, as everywhere here.
 */
export function compileAdd(
  statement: AddStatement,
  context: CompileContext,
): readonly SaParameters[] | undefined {
  const { report } = context;
  const ends = readEnds(...hostsOf(statement), context);
  const protocol = readIpsecProtocol(statement.protocol.name, report);
  if (protocol === undefined) return undefined;
  const spi = readNewSpi(statement.spi, protocol, report);
  const encapsulation = compileEncapsulation(statement, context);
  const extensions = compileExtensions(statement, protocol, report);
  const algorithms = compileAlgorithms(statement, protocol, context);
  const securityContext = compileSecurityContext(statement.securityContexts, report);
  if (ends === undefined || spi === undefined || encapsulation === undefined) return undefined;
  if (extensions === undefined || algorithms === undefined) return undefined;
  if (securityContext === undefined) return undefined;
  const { mode, reqid, replayWindow, softLifetime, hardLifetime } = extensions;
  // Spelt out: with more than one spread no two objects would share a shape.
  return ends.map(({ source, destination }, place) => ({
    source,
    destination,
    protocol,
    spi,
    mode,
    reqid,
    replayWindow,
    encryption: keyedFor(algorithms.encryption, place),
    integrity: keyedFor(algorithms.integrity, place),
    compression: algorithms.compression,
    encapsulation,
    extendedSequenceNumbers: false,
    securityContext,
    softLifetime,
    hardLifetime,
  }));
}

/** What `get` names: an SA for each destination that its hosts stand for. */
export function compileGet(
  statement: SaReference,
  context: CompileContext,
): readonly SaId[] | undefined {
  const ends = readEnds(...hostsOf(statement), context);
  const named = compileName(statement, context);
  if (ends === undefined || named === undefined) return undefined;
  const ids = ends.map(({ destination }) => ({ destination, ...named }));
  return ids.filter((id, at) => ids.findIndex((other) => sameSaId(id, other)) === at);
}

/** What `delete` names. */
export function compileDelete(statement: SaReference, context: CompileContext): SaId | undefined {
  const ends = readOneEnds(...hostsOf(statement), context);
  const named = compileName(statement, context);
  if (ends === undefined || named === undefined) return undefined;
  return { destination: ends.destination, ...named };
}

/** What `getspi` asks for: the SPI that it names, or with 0 any that is free. */
export function compileGetSpi(
  statement: SaReference,
  context: CompileContext,
): SpiRequest | undefined {
  const { report } = context;
  const ends = readOneEnds(...hostsOf(statement), context);
  const protocol = readIpsecProtocol(statement.protocol.name, report);
  const range = protocol && readSpiRange(statement.spi, protocol, report);
  const binding = compileBinding(statement, report);
  if (statement.protocol.name.text !== 'esp-udp') refusePorts(statement, report);
  if (ends === undefined || protocol === undefined) return undefined;
  if (range === undefined || binding === undefined) return undefined;
  return { ...ends, protocol, ...binding, ...range };
}

function readSpiRange(
  word: Word,
  protocol: IpsecProtocol,
  report: Report,
): Pick<SpiRequest, 'least' | 'most'> | undefined {
  if (isZero(word)) {
    return { least: LEAST_SPI, most: protocol === 'ipcomp' ? LARGEST_CPI : MOST_ANY_SPI };
  }
  const spi = readNewSpi(word, protocol, report);
  return spi === undefined ? undefined : { least: spi, most: spi };
}

/** The pairs of hosts whose SAs `deleteall` removes. */
export function compileDeleteAll(
  statement: DeleteAllStatement,
  context: CompileContext,
): readonly SaPair[] | undefined {
  const ends = readEnds(...hostsOf(statement), context);
  const protocol = compileWhichProtocol(statement.protocol, context);
  refusePorts(statement, context.report);
  if (ends === undefined || protocol === undefined) return undefined;
  return ends.map((pair) => ({ ...pair, protocol }));
}

/** `null` when all protocols are meant. */
export function compileWhichProtocol(
  text: ProtocolText | null,
  { report }: CompileContext,
): IpsecProtocol | null | undefined {
  return text === null ? null : readIpsecProtocol(text.name, report);
}

/** Protocol and SPI of `get` and `delete`, where extensions play no part. */
function compileName(
  statement: SaReference,
  context: CompileContext,
): Pick<SaId, 'protocol' | 'spi'> | undefined {
  const { report } = context;
  const protocol = readIpsecProtocol(statement.protocol.name, report);
  const spi = protocol && readSpi(statement.spi, protocol, report);
  ignoreExtensions(statement, report);
  if (statement.protocol.name.text !== 'esp-udp') refusePorts(statement, report);
  return protocol === undefined || spi === undefined ? undefined : { protocol, spi };
}

/** `null` when the SA is not to be put into UDP. */
function compileEncapsulation(
  statement: AddStatement,
  context: CompileContext,
): UdpEncapsulation | null | undefined {
  const { source, destination, protocol, flags } = statement;
  if (protocol.name.text !== 'esp-udp') {
    refusePorts(statement, context.report);
    return null;
  }
  const sourcePort = readPort(source.port, IP_PROTOCOL.udp, context);
  const destinationPort = readPort(destination.port, IP_PROTOCOL.udp, context);
  const original = protocol.originalAddress;
  const originalAddress = original && readOneHost(original, flags, context);
  if (sourcePort === undefined || destinationPort === undefined) return undefined;
  if (originalAddress === undefined) return undefined;
  return {
    sourcePort: sourcePort || ESP_IN_UDP_PORT,
    destinationPort: destinationPort || ESP_IN_UDP_PORT,
    originalAddress,
  };
}

/** Reports the ports of a statement in which they mean nothing. */
function refusePorts(
  { source, destination }: { readonly source: Host; readonly destination: Host },
  report: Report,
): void {
  for (const { port } of [source, destination]) {
    if (port === null || port.text === 'any') continue;
    report.error('unexpected-port', port.span, 'found a port, and SAs have none', {
      fix: 'leave the port out, put it in a policy, or write esp-udp for ESP in UDP',
    });
  }
}

function hostsOf({ source, destination, flags }: AddStatement | SaReference | DeleteAllStatement) {
  return [source.address, destination.address, flags] as const;
}

/** The algorithm for one of several SAs: each but the first has a copy of the key, to wipe it. */
function keyedFor<T extends { readonly key: Secret }>(
  algorithm: T | null,
  place: number,
): T | null {
  if (algorithm === null || place === 0) return algorithm;
  return { ...algorithm, key: new Secret(algorithm.key.expose().slice()) };
}
