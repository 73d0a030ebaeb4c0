/**
 * The SAD as `setkey -D` prints it. Scripts read this format: every blank of it counts.
 *
 * @module
 */
import type { Instant, SaRecord } from '../../ipsec/backend.ts';
import { formatSpi, type SaParameters } from '../../ipsec/sa-parameters.ts';
import { formatIpAddress } from '../../net/ip-address.ts';
import { toHex } from '../../octets/hex.ts';
import { contextLines } from './dump-context.ts';
import { numbered } from './dump-sequence.ts';
import { formatTime, secondsBetween } from './times.ts';

const KEY_GROUP_DIGITS = 8;
const KEY_GROUPS_A_LINE = 8;

/** What a dump is printed with. */
export interface DumpOptions {
  readonly now: Instant;
  /** Of this process. */
  readonly pid: number;
  /** `-p`: whether addresses show a port, which those of SAs never have. */
  readonly ports: boolean;
}

/** The whole dump, entry by entry, or the sentence for an empty SAD. */
export async function* sadPieces(
  records: AsyncIterable<SaRecord>,
  options: DumpOptions,
): AsyncGenerator<string> {
  let empty = true;
  for await (const { record, sequence } of numbered(records)) {
    empty = false;
    yield formatSa(record, sequence, options);
  }
  if (empty) yield 'No SAD entries.\n';
}

/** One entry under sequence number `sequence`. */
export function formatSa(record: SaRecord, sequence: number, options: DumpOptions): string {
  const { parameters, addedAt, usedAt } = record;
  const { mode, spi, reqid, hardLifetime: hard, softLifetime: soft } = parameters;
  const lines = [
    formatAddresses(parameters, options.ports),
    `\t${protocolWord(parameters)} mode=${mode}` +
      ` spi=${spi}(${formatSpi(spi)}) reqid=${reqid}(${formatSpi(reqid)})`,
    ...natLines(parameters),
    ...keyLines(parameters),
    `${compressionWord(parameters)}\tseq=${formatSpi(record.sequenceNumber)}` +
      ` replay=${parameters.replayWindow} flags=0x00000000 state=${record.state} `,
    `\tcreated: ${formatTime(addedAt)}\tcurrent: ${formatTime(options.now)}`,
    `\tdiff: ${secondsBetween(addedAt, options.now)}(s)\thard: ${hard.seconds}(s)\tsoft: ${soft.seconds}(s)`,
    `\tlast: ${formatTime(usedAt)}\thard: 0(s)\tsoft: 0(s)`,
    `\tcurrent: ${record.octets}(bytes)\thard: ${hard.octets}(bytes)\tsoft: ${soft.octets}(bytes)`,
    `\tallocated: ${record.packets}\thard: ${hard.packets}\tsoft: ${soft.packets}`,
    ...contextLines(parameters.securityContext),
    `\tsadb_seq=${sequence} pid=${options.pid} refcnt=0`,
  ];
  return `${lines.join('\n')}\n`;
}

/** Ports of UDP encapsulation are shown with `-p` and without. */
function formatAddresses(
  { source, destination, encapsulation }: SaParameters,
  ports: boolean,
): string {
  const port = ports ? '[0]' : '';
  const sourcePort = encapsulation === null ? '' : `[${encapsulation.sourcePort}]`;
  const destinationPort = encapsulation === null ? '' : `[${encapsulation.destinationPort}]`;
  return (
    `${formatIpAddress(source)}${port}${sourcePort}` +
    ` ${formatIpAddress(destination)}${port}${destinationPort} `
  );
}

function protocolWord({ protocol, encapsulation }: SaParameters): string {
  return encapsulation === null ? protocol : 'esp-udp';
}

function natLines({ encapsulation }: SaParameters): string[] {
  const address = encapsulation?.originalAddress ?? null;
  return address === null ? [] : [`\tNAT OA=${formatIpAddress(address)}`];
}

/** Algorithms without a key, which is to say NULL, have no line. */
function keyLines({ encryption, integrity }: SaParameters): string[] {
  return [['E', encryption] as const, ['A', integrity] as const].flatMap(([letter, keyed]) => {
    if (keyed === null || keyed.key.length === 0) return [];
    return [`\t${letter}: ${keyed.algorithm.name} ${formatKey(keyed.key.expose())}`];
  });
}

/** The original ends no line here: what follows stands on the same one. */
function compressionWord({ compression }: SaParameters): string {
  return compression === null ? '' : `\tC: ${compression.name} `;
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
