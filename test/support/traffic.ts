/**
 * Traffic between two hosts, made by programs that are not ours: Debian's ping, and Python's sockets
 * with random payloads whose hashes both ends report.
 *
 *     asking end ── TCP: a stream there, a stream back ───► answering end
 *                ── UDP: a datagram there, one back, ... ─►
 *
 * Payloads carry a marker every 64 octets by which they are found in a capture, should they be there
 * in the clear.
 *
 * @module
 */
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import * as v from 'valibot';
import { expect } from 'vitest';
import { type Host, succeed } from '../lab/command.ts';

/** Octets that occur nowhere by chance. */
export function newMarker(): Buffer {
  return randomBytes(16);
}

/** Whether the file contains `marker`. */
export function containsMarker(pcap: string, marker: Buffer): boolean {
  return readFileSync(pcap).includes(marker);
}

export interface PingOptions {
  /** Octets of data. */
  readonly length?: number;
  /** The data is this again and again. */
  readonly marker?: Buffer;
  readonly count?: number;
}

/** Pings `address` from `host`; throws unless every echo is answered. */
export async function ping(host: Host, address: string, options: PingOptions = {}): Promise<void> {
  const { length = 56, marker, count = 2 } = options;
  const pattern = marker === undefined ? [] : ['-p', marker.toString('hex')];
  const printed = await succeed(host, [
    ...['ping', '-n', '-i', '0.05', '-W', '5', '-c', `${count}`, '-s', `${length}`],
    ...pattern,
    address,
  ]);
  expect(printed).toContain(` ${count} received, 0% packet loss`);
}

/** An exchange from the host that begins it to the one that answers. */
export interface Exchange {
  readonly asking: Host;
  readonly answering: Host;
  /** Of the answering host. */
  readonly address: string;
  readonly port: number;
  /** Of the asking host; any when absent. */
  readonly sourcePort?: number;
  readonly marker: Buffer;
  /** Octets each way. */
  readonly tcpLength: number;
  /** Octets of each datagram, one there and one back. */
  readonly udpLengths: readonly number[];
}

const HashesSchema = v.strictObject({ sent: v.string(), received: v.string() });
const EndSchema = v.strictObject({ tcp: HashesSchema, udp: v.array(HashesSchema) });

/** Carries out the exchange; throws unless each end received what the other sent. */
export async function exchange(parts: Exchange): Promise<void> {
  const { asking, answering, address, port, sourcePort = 0, marker, tcpLength, udpLengths } = parts;
  const common = { address, port, tcpLength, udpLengths, marker: marker.toString('hex') };
  const run = async (host: Host, role: 'ask' | 'answer') => {
    const work = JSON.stringify({ ...common, role, sourcePort });
    const printed = await succeed(host, [PYTHON, SCRIPT, work], { timeoutMs: 60_000 });
    return v.parse(EndSchema, JSON.parse(printed));
  };
  const [asked, answered] = await Promise.all([run(asking, 'ask'), run(answering, 'answer')]);
  expect(asked.udp).toHaveLength(udpLengths.length);
  expect(answered.tcp).toEqual(turned(asked.tcp));
  expect(answered.udp).toEqual(asked.udp.map(turned));
}

function turned({ sent, received }: v.InferOutput<typeof HashesSchema>): unknown {
  return { sent: received, received: sent };
}

/** Debian's own: another Python may come first on the PATH. */
export const PYTHON = '/usr/bin/python3';
const SCRIPT = fileURLToPath(new URL('traffic.py', import.meta.url));
