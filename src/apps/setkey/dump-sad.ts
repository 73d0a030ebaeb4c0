/**
 * The SAD as `setkey -D` prints it. Scripts read this format: every blank of it counts.
 *
 * @module
 */
import type { Instant, SaRecord } from '../../ipsec/backend.ts';
import { formatSpi } from '../../ipsec/sa-parameters.ts';
import type { SecurityContext } from '../../ipsec/security-context.ts';
import { formatIpAddress } from '../../net/ip-address.ts';
import { toHex } from '../../octets/hex.ts';
import { formatTime, secondsBetween } from './times.ts';

const KEY_GROUP_DIGITS = 8;
const KEY_GROUPS_A_LINE = 8;

/** What a dump is printed with. */
export interface DumpOptions {
  readonly now: Instant;
  /** Of this process. */
  readonly pid: number;
  /** `-p`: whether addresses show a port, which SAs never have. */
  readonly ports: boolean;
}

/** The whole dump, entry by entry, or the sentence for an empty SAD. */
export function* sadPieces(
  records: readonly SaRecord[],
  options: DumpOptions,
): Generator<string, void> {
  if (records.length === 0) yield 'No SAD entries.\n';
  for (const [place, record] of records.entries()) {
    // Entries are numbered from 1; Linux gives the last the number 0.
    yield formatSa(record, (place + 1) % records.length, options);
  }
}

/** One entry under sequence number `sequence`. */
export function formatSa(record: SaRecord, sequence: number, options: DumpOptions): string {
  const { parameters, addedAt, usedAt } = record;
  const { source, destination, mode, spi, reqid, compression, encapsulation } = parameters;
  const { encryption, integrity, hardLifetime: hard, softLifetime: soft } = parameters;
  const port = options.ports ? '[0]' : '';
  const from = `${port}${encapsulation === null ? '' : `[${encapsulation.sourcePort}]`}`;
  const to = `${port}${encapsulation === null ? '' : `[${encapsulation.destinationPort}]`}`;
  const protocol = encapsulation === null ? parameters.protocol : 'esp-udp';
  const lines = [
    `${formatIpAddress(source)}${from} ${formatIpAddress(destination)}${to} `,
    `\t${protocol} mode=${mode} spi=${spi}(${formatSpi(spi)}) reqid=${reqid}(${formatSpi(reqid)})`,
  ];
  const original = encapsulation?.originalAddress;
  if (original) lines.push(`\tNAT OA=${formatIpAddress(original)}`);
  if (encryption !== null && encryption.key.length > 0) {
    lines.push(`\tE: ${encryption.algorithm.name} ${formatKey(encryption.key.expose())}`);
  }
  if (integrity !== null && integrity.key.length > 0) {
    lines.push(`\tA: ${integrity.algorithm.name} ${formatKey(integrity.key.expose())}`);
  }
  // The original forgets to end this line.
  const compressed = compression === null ? '' : `\tC: ${compression.name} `;
  lines.push(
    `${compressed}\tseq=${formatSpi(record.sequenceNumber)} replay=${parameters.replayWindow}` +
      ` flags=0x00000000 state=${record.state} `,
    `\tcreated: ${formatTime(addedAt)}\tcurrent: ${formatTime(options.now)}`,
    `\tdiff: ${secondsBetween(addedAt, options.now)}(s)\thard: ${hard.seconds}(s)\tsoft: ${soft.seconds}(s)`,
    `\tlast: ${formatTime(usedAt)}\thard: 0(s)\tsoft: 0(s)`,
    `\tcurrent: ${record.octets}(bytes)\thard: ${hard.octets}(bytes)\tsoft: ${soft.octets}(bytes)`,
    `\tallocated: ${record.packets}\thard: 0\tsoft: 0`,
    ...formatSecurityContext(parameters.securityContext),
    `\tsadb_seq=${sequence} pid=${options.pid} refcnt=0`,
  );
  return `${lines.join('\n')}\n`;
}

/** The length counts the octet that ends the label. */
export function formatSecurityContext(context: SecurityContext | null): readonly string[] {
  if (context === null) return [];
  return [
    `\tsecurity context doi: ${context.doi}`,
    `\tsecurity context algorithm: ${context.algorithm}`,
    `\tsecurity context length: ${context.label.length + 1}`,
    `\tsecurity context: ${context.label}`,
  ];
}

/** Groups of four octets, each after a blank; a new line after eight of them. */
function formatKey(key: Uint8Array): string {
  const digits = toHex(key);
  let text = '';
  for (let at = 0; at < digits.length; at += KEY_GROUP_DIGITS) {
    if (at > 0 && at % (KEY_GROUP_DIGITS * KEY_GROUPS_A_LINE) === 0) text += '\n';
    text += ` ${digits.slice(at, at + KEY_GROUP_DIGITS)}`;
  }
  return text;
}
