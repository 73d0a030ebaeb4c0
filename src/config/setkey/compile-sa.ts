/**
 * Statements about SAs: from the syntax tree to changes of the SAD.
 *
 * @module
 */
import type { SaPair } from '../../ipsec/change.ts';
import type { IpsecProtocol } from '../../ipsec/policy.ts';
import { NO_EXTRAS, type SaId, type SaParameters } from '../../ipsec/sa-parameters.ts';
import type { IpAddress } from '../../net/ip-address.ts';
import type { Report } from '../diagnostic.ts';
import { compileAlgorithms } from './compile-algorithm.ts';
import type { CompileContext } from './compile-context.ts';
import { compileExtensions, ignoreExtensions } from './compile-extension.ts';
import {
  readAddress,
  readIpsecProtocol,
  readNewSpi,
  readSpi,
  refuseFamily,
} from './compile-word.ts';
import type { AddStatement, DeleteAllStatement, Host, SaReference, Word } from './syntax.ts';

/** Compiles `add`; `undefined` when something is wrong and was reported, as everywhere here. */
export function compileAdd(
  statement: AddStatement,
  context: CompileContext,
): SaParameters | undefined {
  const { report } = context;
  const ends = compileEnds(statement, context);
  const protocol = readIpsecProtocol(statement.protocol, report);
  const spi = readNewSpi(statement.spi, report);
  const extensions = compileExtensions(statement.extensions, report);
  const algorithms = protocol && compileAlgorithms(statement, protocol, context);
  if (ends === undefined || protocol === undefined || spi === undefined) return undefined;
  if (extensions === undefined || algorithms === undefined) return undefined;
  const { source, destination } = ends;
  const { mode, reqid, replayWindow, softLifetime, hardLifetime } = extensions;
  // Spelt out: with more than one spread no two objects would share a shape.
  return {
    source,
    destination,
    protocol,
    spi,
    mode,
    reqid,
    replayWindow,
    encryption: algorithms.encryption,
    integrity: algorithms.integrity,
    softLifetime,
    hardLifetime,
    ...NO_EXTRAS,
  };
}

/** What `get` and `delete` name. */
export function compileSaReference(
  statement: SaReference,
  context: CompileContext,
): { readonly id: SaId; readonly source: IpAddress } | undefined {
  const { report } = context;
  const ends = compileEnds(statement, context);
  const protocol = readIpsecProtocol(statement.protocol, report);
  const spi = readSpi(statement.spi, report);
  ignoreExtensions(statement, report);
  if (ends === undefined || protocol === undefined || spi === undefined) return undefined;
  return { id: { destination: ends.destination, protocol, spi }, source: ends.source };
}

export function compileDeleteAll(
  statement: DeleteAllStatement,
  context: CompileContext,
): SaPair | undefined {
  const ends = compileEnds(statement, context);
  const protocol = compileWhichProtocol(statement.protocol, context.report);
  return ends === undefined || protocol === undefined ? undefined : { ...ends, protocol };
}

/** `null` when all protocols are meant. */
export function compileWhichProtocol(
  word: Word | null,
  report: Report,
): IpsecProtocol | null | undefined {
  return word === null ? null : readIpsecProtocol(word, report);
}

function compileEnds(
  statement: { flags: readonly Word[]; source: Host; destination: Host; protocol: Word | null },
  context: CompileContext,
): { readonly source: IpAddress; readonly destination: IpAddress } | undefined {
  const { report } = context;
  const { flags } = statement;
  const source = readAddress(statement.source.address, context, flags);
  const destination = readAddress(statement.destination.address, context, flags);
  for (const { port } of [statement.source, statement.destination]) {
    if (port === null || port.text === 'any' || statement.protocol?.text === 'esp-udp') continue;
    report.error('unexpected-port', port.span, 'found a port, and SAs have none', {
      fix: 'leave the port out, or put it in a policy',
    });
  }
  if (source === undefined || destination === undefined) return undefined;
  if (source.version === destination.version) return { source, destination };
  return refuseFamily(source, destination, statement.destination.address, report);
}
