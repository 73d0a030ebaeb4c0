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
import { type Command, type Host, succeed } from '../lab/command.ts';
import type { Namespace } from '../lab/namespace.ts';
import { PYTHON } from './hosts.ts';

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
  /** The address to ask from, where the host has several. */
  readonly from?: string;
  /** How long to wait for the first answer, which may have to wait for keys. */
  readonly waitSeconds?: number;
}

/** Pings `address` from `host`; throws unless every echo is answered. */
export async function ping(host: Host, address: string, options: PingOptions = {}): Promise<void> {
  const { length = 56, marker, count = 2, from, waitSeconds = 10 } = options;
  const pattern = marker === undefined ? [] : ['-p', marker.toString('hex')];
  const source = from === undefined ? [] : ['-I', from];
  // All at once: after an answer, ping(8) waits no longer for the others than for the next to send.
  const counts = ['-l', `${count}`, '-i', '5', '-c', `${count}`, '-W', `${waitSeconds}`];
  const words = ['ping', '-n', ...counts, '-s', `${length}`];
  const { stdout, stderr } = await host.run([...words, ...pattern, ...source, address]);
  expect(`${stdout}${stderr}`).toContain(` ${count} received, 0% packet loss`);
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

const SCRIPT = fileURLToPath(new URL('traffic.py', import.meta.url));

/**
 * Has `host` repeat no SYN, nor the answer to one: the connection comes from the first that is sent, or not at
 * all. Returns how to undo it.
 */
export async function forbidRepeatedSyn(host: Host): Promise<() => Promise<unknown>> {
  await succeed(host, ['nft', '-f', '-'], { input: NO_REPEATED_SYN });
  return () => succeed(host, ['nft', 'delete', 'table', 'inet', 'syns']);
}

const NO_REPEATED_SYN = `
table inet syns {
  set sent { type inet_service . inet_service; size 1000; flags dynamic; }
  chain output {
    type filter hook output priority -400;
    tcp flags & syn != syn accept
    tcp sport . tcp dport @sent drop
    add @sent { tcp sport . tcp dport }
  }
}`;

/** A program that says how often it did what it does. */
export interface Counted {
  readonly count: () => number;
  readonly stop: () => Promise<unknown>;
}

/**
 * Has `namespace` send a UDP datagram every few milliseconds, whatever comes of it, and counts the
 * attempts.
 */
export async function startDatagrams(
  namespace: Namespace,
  address: string,
  port: number,
  payload: Buffer,
): Promise<Counted> {
  const argv = [PYTHON, '-uc', SEND_DATAGRAMS, address, `${port}`, payload.toString('hex')];
  return await counted(namespace.spawn(argv), /\./g);
}

/**
 * Has a TCP stream go both ways between two hosts, with `marker` in every segment, begun anew when it
 * was interrupted for long. Counts what comes back to `asking`.
 */
export async function startStream(
  asking: Namespace,
  answering: Namespace,
  address: string,
  port: number,
  marker: Buffer,
): Promise<Counted> {
  const words = [address, `${port}`, marker.toString('hex')];
  const server = answering.spawn([PYTHON, '-uc', `${STREAM}\nanswer()`, ...words]);
  await server.until(/^listening$/m);
  return await counted(asking.spawn([PYTHON, '-uc', `${STREAM}\nask()`, ...words]), /\./g);
}

/**
 * Has one TCP connection from `asking` to `answering` carry a little to and fro, as somebody who types,
 * and counts the answers. When it breaks, it stays so.
 */
export async function startConnection(
  asking: Namespace,
  answering: Namespace,
  address: string,
  port: number,
): Promise<Counted> {
  const words = [address, `${port}`];
  const server = answering.spawn([PYTHON, '-uc', `${CONNECTION}\nanswer()`, ...words]);
  await server.until(/^listening$/m);
  return await counted(asking.spawn([PYTHON, '-uc', `${CONNECTION}\nask()`, ...words]), /\./g);
}

/** A stream of datagrams, each with its number. */
export interface Numbered {
  /** How many have been sent so far. */
  readonly sent: () => number;
  /** Ends it; resolves with the numbers that did not arrive. */
  readonly end: () => Promise<readonly number[]>;
}

/** Has `sending` send a numbered datagram to `receiving` every `paceMs` milliseconds. */
export async function startNumbered(
  sending: Namespace,
  receiving: Namespace,
  address: string,
  port: number,
  paceMs = 2,
): Promise<Numbered> {
  const words = [address, `${port}`, `${paceMs}`];
  const receiver = receiving.spawn([PYTHON, '-uc', `${NUMBERED}\nreceive()`, ...words]);
  await receiver.until(/^listening$/m);
  const sender = sending.spawn([PYTHON, '-uc', `${NUMBERED}\nsend()`, ...words]);
  await sender.until(/\d/);
  const numbers = (text: string) => text.match(/\d+/g)?.map(Number) ?? [];
  return {
    sent: () => numbers(sender.stdout).length,
    end: async () => {
      const { stdout } = await sender.stop('SIGINT');
      await receiver.until(/^end$/m);
      const arrived = new Set(numbers(receiver.stdout));
      return numbers(stdout).filter((number) => !arrived.has(number));
    },
  };
}

/**
 * Has `namespace` put an IPv4 packet on the wire every few milliseconds, as an attacker would: next
 * to its own stack and guard. Counts the packets.
 */
export async function startForging(
  namespace: Namespace,
  device: string,
  receiver: { readonly namespace: Namespace; readonly device: string },
  packet: Uint8Array,
): Promise<Counted> {
  const link = await receiver.namespace.ip('-o', 'link', 'show', 'dev', receiver.device);
  const mac = /link\/ether (\S+)/.exec(link)?.[1] ?? '';
  const hex = Buffer.from(packet).toString('hex');
  return await counted(namespace.spawn([PYTHON, '-uc', FORGE, device, mac, hex]), /\./g);
}

/** Has `namespace` receive the datagrams that come to `port`, of either IP version. */
export async function startListener(namespace: Namespace, port: number): Promise<Listener> {
  const command = namespace.spawn([PYTHON, '-uc', LISTEN, `${port}`, `${NAME_LENGTH}`]);
  await command.until(/^listening$/m);
  return {
    count: (payload) =>
      command.stdout.split('\n').filter((line) => line === payload.toString('hex', 0, NAME_LENGTH))
        .length,
  };
}

export interface Listener {
  /** How often that datagram came so far. */
  readonly count: (payload: Buffer) => number;
}

async function counted(command: Command, pattern: RegExp): Promise<Counted> {
  await command.until(pattern);
  return {
    count: () => command.stdout.match(pattern)?.length ?? 0,
    stop: () => command.stop('SIGKILL'),
  };
}

const SEND_DATAGRAMS = `
import socket, sys, time
there = (sys.argv[1], int(sys.argv[2]))
payload = bytes.fromhex(sys.argv[3])
family = socket.AF_INET6 if ':' in sys.argv[1] else socket.AF_INET
datagrams = socket.socket(family, socket.SOCK_DGRAM)
while True:
    try:
        datagrams.sendto(payload, there)
    except OSError:
        pass
    print('.', end='')
    time.sleep(0.003)`;

const CONNECTION = `
import socket, sys, time
there = (sys.argv[1], int(sys.argv[2]))

def answer():
    listener = socket.create_server(there)
    print('listening')
    stream = listener.accept()[0]
    while True:
        stream.sendall(stream.recv(1))

def ask():
    stream = socket.create_connection(there)
    while True:
        stream.sendall(b'x')
        if stream.recv(1):
            print('.', end='')
        time.sleep(0.02)`;

const NUMBERED = `
import socket, sys, time
there = (sys.argv[1], int(sys.argv[2]))
datagrams = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)

def send():
    number = 0
    try:
        while True:
            number += 1
            try:
                datagrams.sendto(b'%d' % number, there)
            except OSError:
                pass
            print(number)
            time.sleep(float(sys.argv[3]) / 1000)
    except KeyboardInterrupt:
        pass
    for _ in range(5):
        time.sleep(0.1)
        datagrams.sendto(b'end', there)

def receive():
    datagrams.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 22)
    datagrams.bind(there)
    print('listening')
    while True:
        print(datagrams.recv(100).decode())`;

const STREAM = `
import socket, sys, threading, time
there = (sys.argv[1], int(sys.argv[2]))
payload = bytes.fromhex(sys.argv[3]) * 4
IMPATIENCE = 0.5

def answer():
    listener = socket.create_server(there, backlog=64)
    print('listening')
    while True:
        threading.Thread(target=echo, args=(listener.accept()[0],), daemon=True).start()

def echo(stream):
    stream.settimeout(20 * IMPATIENCE)
    try:
        while octets := stream.recv(65536):
            stream.sendall(octets)
    except OSError:
        pass
    stream.close()

def ask():
    while True:
        try:
            with socket.create_connection(there, timeout=IMPATIENCE) as stream:
                while True:
                    stream.sendall(payload)
                    if not stream.recv(65536):
                        break
                    print('.', end='')
                    time.sleep(0.003)
        except OSError:
            time.sleep(0.02)`;

const FORGE = `
import socket, sys, time
device, mac, packet = sys.argv[1:]
there = (device, 0x0800, 0, 0, bytes.fromhex(mac.replace(':', '')))
wire = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, 0)
while True:
    wire.sendto(bytes.fromhex(packet), there)
    print('.', end='')
    time.sleep(0.005)`;

const LISTEN = `
import socket, sys
datagrams = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
datagrams.bind(('::', int(sys.argv[1])))
print('listening')
while True:
    print(datagrams.recv(65535)[:int(sys.argv[2])].hex())`;

/** A listener remembers that many octets of a datagram. */
const NAME_LENGTH = 4;
