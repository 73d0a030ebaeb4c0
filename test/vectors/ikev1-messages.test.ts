/**
 * IKEv1 messages that other implementations made: racoon, strongSwan, ike-scan and the hosts of scapy's
 * tests. They are read from the project's shared material and skipped where that is not at hand.
 *
 * @module
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { fromHex, toHex } from '../../src/octets/hex.ts';
import { Malformed } from '../../src/octets/malformed.ts';
import { IKEV1_FLAG, ikeMajorVersion } from '../../src/wire/ike.ts';
import { emitIsakmpMessage, parseIsakmpMessage } from '../../src/wire/ikev1/message.ts';
import { parsePayload } from '../../src/wire/ikev1/payload.ts';
import { emitPayloadChain, parsePayloadChain } from '../../src/wire/ikev1/payload-chain.ts';
import { sharedPath } from '../support/examples.ts';
import { ikeOfPcap } from '../support/ike-captures.ts';
import { ikeTraces } from '../support/ike-trace.ts';
import { bodyOf, wellFormed } from '../support/ikev1-payloads.ts';

/** Reads all of a message and writes it again, octet for octet; tells the types of its payloads. */
function readWhole(octets: Uint8Array): readonly number[] {
  const message = wellFormed(parseIsakmpMessage(octets));
  expect(toHex(emitIsakmpMessage(message))).toBe(toHex(octets));
  const { header, content } = message;
  if (header.flags & IKEV1_FLAG.ENCRYPTION) return [];
  const { payloads, rest } = wellFormed(parsePayloadChain(header.nextPayload, content));
  expect(rest).toHaveLength(0);
  const written = payloads.map(({ type, body }) => ({
    type,
    body: bodyOf(wellFormed(parsePayload({ type, body }))),
  }));
  expect(toHex(emitPayloadChain(written))).toBe(toHex(content));
  return payloads.map(({ type }) => type);
}

const traces = ikeTraces();

test.skipIf(traces.length === 0).each(traces)('racoon: $name', ({ messages }) => {
  expect(messages.length).toBeGreaterThan(5);
  for (const message of messages) readWhole(message);
});

const STRONGSWAN = sharedPath('vectors', 'I_live_strongswan', 'ikev1');
const captures =
  STRONGSWAN === null ? [] : readdirSync(STRONGSWAN).filter((it) => it !== 'index.md');

test.skipIf(captures.length === 0).each(captures)('strongSwan: %s', (name) => {
  const messages = ikeOfPcap(join(STRONGSWAN ?? '', name, `${name}.pcap`));
  expect(messages.length).toBeGreaterThan(5);
  for (const message of messages) readWhole(message);
});

interface GivenPacket {
  readonly id: string;
  readonly kind: string;
  readonly hex: string;
  readonly tshark?: Readonly<Record<string, string>>;
}

const PACKETS = sharedPath('vectors', 'F_ike_packets');
const packets = (PACKETS === null ? [] : readdirSync(PACKETS))
  .filter((file) => file.endsWith('.json') && !file.includes('literals'))
  .flatMap((file) => {
    const { vectors } = JSON.parse(readFileSync(join(PACKETS ?? '', file), 'utf8'));
    return (vectors as readonly GivenPacket[])
      .filter(({ kind }) => kind === 'ike')
      .map(({ id, hex, tshark }) => ({ name: `${file} ${id}`, octets: fromHex(hex), tshark }));
  });

test.skipIf(packets.length === 0).each(packets)('$name', ({ name, octets, tshark }) => {
  if (octets === undefined) throw new TypeError('It is not hexadecimal');
  if (ikeMajorVersion(octets, 0) !== 1) {
    expect(parseIsakmpMessage(octets)).toBeInstanceOf(Malformed);
    return;
  }
  if (name === RESERVED_IS_SET) {
    const { header, content } = wellFormed(parseIsakmpMessage(octets));
    expect(parsePayloadChain(header.nextPayload, content)).toBeInstanceOf(Malformed);
    return;
  }
  // tshark lists proposals and transforms too, behind the SA that they are in.
  const within = (type: number) => type === 2 || type === 3;
  const types = tshark?.['isakmp.typepayload']?.split(',').map(Number) ?? [];
  expect(readWhole(octets)).toEqual(types.filter((type) => !within(type)));
});

/** ike-scan sets what must be zero where it is told to, to find out who checks (RFC 2408 §5.3). */
const RESERVED_IS_SET = 'royhills+ike-scan.json pkt-22';

const CORPORA = sharedPath('vectors', 'F_fuzz');
const corpora = CORPORA === null ? [] : readdirSync(CORPORA).filter((it) => it !== 'index.md');

test.skipIf(corpora.length === 0).each(corpora)('%s: nothing throws', (corpus) => {
  const folder = join(CORPORA ?? '', corpus);
  for (const file of readdirSync(folder)) {
    const octets = new Uint8Array(readFileSync(join(folder, file)));
    const found: unknown[] = [parseIsakmpMessage(octets)];
    for (let type = 0; type < 0x100; type++) {
      const chain = parsePayloadChain(type, octets);
      if (!(chain instanceof Malformed)) found.push(...chain.payloads.map(parsePayload));
      found.push(parsePayload({ type, body: octets }));
    }
    expect(found.length).toBeGreaterThan(0x100);
  }
});
