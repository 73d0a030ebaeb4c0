import { describe, expect, test } from 'vitest';
import { address } from '../../../test/support/packets.ts';
import { ahSa, cipherOf, espSa, integrityOf } from '../../../test/support/sas.ts';
import { joined, streamOf } from '../../../test/support/streams.ts';
import { AES_CBC } from '../../crypto/aes-cbc.ts';
import { HMAC_SHA1 } from '../../crypto/hmac-sha1.ts';
import { NULL } from '../../crypto/null.ts';
import { Secret } from '../../crypto/secret.ts';
import type { SaRecord } from '../../ipsec/backend.ts';
import type { SaParameters } from '../../ipsec/sa-parameters.ts';
import { type DumpOptions, formatSa, sadPieces } from './dump-sad.ts';

/** The whole dump. */
function formatSad(records: readonly SaRecord[], options: DumpOptions): Promise<string> {
  return joined(sadPieces(streamOf(records), options));
}

const ADDED = new Date(2026, 10, 21, 16, 14, 23).getTime();
const OPTIONS: DumpOptions = { now: ADDED + 61_900, pid: 914, ports: false };

function record(parameters: SaParameters, parts: Partial<SaRecord> = {}): SaRecord {
  return {
    parameters,
    state: 'mature',
    sequenceNumber: 0,
    addedAt: ADDED,
    usedAt: null,
    octets: 0,
    packets: 0,
    window: null,
    discards: {},
    ...parts,
  };
}

/** A key whose octets count up from 0. */
function counted(length: number): Secret {
  return new Secret(Uint8Array.from({ length }, (_, k) => k));
}

function linesOf(sa: SaRecord, options = OPTIONS): string[] {
  return formatSa(sa, 0, options).split('\n');
}

describe('formatSa()', () => {
  test('prints every blank and tab of the original', () => {
    const sa = espSa({
      reqid: 16,
      replayWindow: 4,
      encryption: { algorithm: AES_CBC, key: counted(16) },
      integrity: { algorithm: HMAC_SHA1, key: counted(20), icvLength: 12 },
      softLifetime: { seconds: 3000, octets: 900_000, packets: 900 },
      hardLifetime: { seconds: 3600, octets: 1_000_000, packets: 1000 },
    });
    const used = { sequenceNumber: 26, usedAt: ADDED + 5000, octets: 2184, packets: 26 };
    expect(formatSa(record(sa, used), 7, OPTIONS)).toBe(
      [
        '10.9.0.1 10.9.0.2 ',
        '\tesp mode=transport spi=513(0x00000201) reqid=16(0x00000010)',
        '\tE: aes-cbc  00010203 04050607 08090a0b 0c0d0e0f',
        '\tA: hmac-sha1  00010203 04050607 08090a0b 0c0d0e0f 10111213',
        '\tseq=0x0000001a replay=4 flags=0x00000000 state=mature ',
        '\tcreated: Nov 21 16:14:23 2026\tcurrent: Nov 21 16:15:24 2026',
        '\tdiff: 61(s)\thard: 3600(s)\tsoft: 3000(s)',
        '\tlast: Nov 21 16:14:28 2026\thard: 0(s)\tsoft: 0(s)',
        '\tcurrent: 2184(bytes)\thard: 1000000(bytes)\tsoft: 900000(bytes)',
        '\tallocated: 26\thard: 1000\tsoft: 900',
        '\tsadb_seq=7 pid=914 refcnt=0',
        '',
      ].join('\n'),
    );
  });

  test('puts eight groups of a key on a line, and goes on at the left edge', () => {
    const keyed = (octets: number) =>
      linesOf(record(ahSa({ integrity: { ...integrityOf(HMAC_SHA1), key: counted(octets) } })));
    const full = '00010203 04050607 08090a0b 0c0d0e0f 10111213 14151617 18191a1b 1c1d1e1f';
    expect(keyed(32)[2]).toBe(`\tA: hmac-sha1  ${full}`);
    expect(keyed(32)[3]).toMatch(/^\tseq=/);
    expect(keyed(36).slice(2, 4)).toEqual([`\tA: hmac-sha1  ${full}`, ' 20212223']);
    // A key that does not fill its last group.
    expect(keyed(5)[2]).toBe('\tA: hmac-sha1  00010203 04');
  });

  test('has no E line for the null cipher, nor an A line without integrity', () => {
    const cipher = { encryption: cipherOf(NULL), integrity: integrityOf(HMAC_SHA1) };
    expect(linesOf(record(espSa(cipher)))[2]).toMatch(/^\tA: hmac-sha1 /);
    expect(linesOf(record(espSa({ ...cipher, integrity: null })))[2]).toMatch(/^\tseq=/);
    expect(linesOf(record(ahSa()))[2]).toMatch(/^\tA: hmac-sha1 /);
  });

  test.each(['larval', 'mature', 'dying', 'dead'] as const)('tells that an SA is %s', (state) => {
    expect(formatSa(record(espSa(), { state }), 0, OPTIONS)).toContain(` state=${state} \n`);
  });

  test('leaves 20 blanks for the last use of an SA that was never used', () => {
    expect(linesOf(record(ahSa()))).toContain(`\tlast: ${' '.repeat(20)}\thard: 0(s)\tsoft: 0(s)`);
  });

  test('shows ports with -p, which are 0, and SPIs in both notations', () => {
    const sa = espSa({ spi: 0xfffffffe, mode: 'tunnel', destination: address('192.0.2.200') });
    const [first, second] = linesOf(record(sa), { ...OPTIONS, ports: true });
    expect(first).toBe('10.9.0.1[0] 192.0.2.200[0] ');
    expect(second).toBe('\tesp mode=tunnel spi=4294967294(0xfffffffe) reqid=0(0x00000000)');
  });

  test('shows the ports of UDP encapsulation behind those of -p, which say nothing', () => {
    const encapsulation = { sourcePort: 4500, destinationPort: 4501, originalAddress: null };
    const [first, second, third] = linesOf(record(espSa({ encapsulation })));
    expect(first).toBe('10.9.0.1[4500] 10.9.0.2[4501] ');
    expect(second).toBe('\tesp-udp mode=transport spi=513(0x00000201) reqid=0(0x00000000)');
    expect(third).toMatch(/^\tE: /);
    const [withPorts] = linesOf(record(espSa({ encapsulation })), { ...OPTIONS, ports: true });
    expect(withPorts).toBe('10.9.0.1[0][4500] 10.9.0.2[0][4501] ');
  });

  test('shows the original address of a peer behind a NAT', () => {
    const originalAddress = address('192.0.2.7');
    const encapsulation = { sourcePort: 4500, destinationPort: 4500, originalAddress };
    expect(linesOf(record(espSa({ encapsulation })))[2]).toBe('\tNAT OA=192.0.2.7');
  });

  test('shows a security context in four lines, its length with the zero at its end', () => {
    const securityContext = { doi: 1, algorithm: 1, label: 'system_u:object_r:ipsec_t:s0' };
    expect(linesOf(record(espSa({ securityContext }))).slice(-6)).toEqual([
      '\tsecurity context doi: 1',
      '\tsecurity context algorithm: 1',
      '\tsecurity context length: 30',
      '\tsecurity context: system_u:object_r:ipsec_t:s0',
      '\tsadb_seq=0 pid=914 refcnt=0',
      '',
    ]);
  });

  test('shows a replay window as it is', () => {
    expect(linesOf(record(espSa({ replayWindow: 300 })))).toContain(
      '\tseq=0x00000000 replay=300 flags=0x00000000 state=mature ',
    );
  });

  test('shows IPv6 addresses bare', () => {
    const ends = { source: address('fd09::1'), destination: address('fd09::2') };
    expect(linesOf(record(espSa(ends)))[0]).toBe('fd09::1 fd09::2 ');
  });
});

describe('sadPieces()', () => {
  test('says so when there is nothing', async () => {
    expect(await formatSad([], OPTIONS)).toBe('No SAD entries.\n');
  });

  test('numbers entries from 1, and the last 0', async () => {
    const dump = await formatSad(
      [espSa(), espSa({ spi: 0x202 }), ahSa()].map((sa) => record(sa)),
      OPTIONS,
    );
    expect(dump.match(/sadb_seq=\d+/g)).toEqual(['sadb_seq=1', 'sadb_seq=2', 'sadb_seq=0']);
    expect(await formatSad([record(ahSa())], OPTIONS)).toContain('sadb_seq=0 ');
  });
});
