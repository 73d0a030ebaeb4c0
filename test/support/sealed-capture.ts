/**
 * Capture files of packets that are sealed here, as many as are wanted.
 *
 * @module
 */
import { writeFileSync } from 'node:fs';
import type { CryptoProvider } from '../../src/crypto/context.ts';
import { opensslProvider } from '../../src/io/openssl/provider.ts';
import { PinnedMemory } from '../../src/io/pinned-memory.ts';
import type { Change } from '../../src/ipsec/change.ts';
import { emitPcap, LINK_TYPE_OF } from '../../src/wire/pcap.ts';
import { DataPath, memoryFor } from './data-path.ts';

/** A host that seals what its policies protect. */
export function sealingHost(changes: readonly Change[]): DataPath {
  const crypto: CryptoProvider = opensslProvider(new PinnedMemory(memoryFor(2048)));
  const path = new DataPath(crypto);
  path.commit(...changes);
  return path;
}

/** Writes IP packets to a capture at `file`, a millisecond apart. */
export function writeCapture(file: string, packets: readonly Uint8Array[]): void {
  const records = packets.map((packet, k) => ({
    seconds: 1_700_000_000 + Math.floor(k / 1000),
    nanoseconds: (k % 1000) * 1_000_000,
    originalLength: packet.length,
    packet,
  }));
  writeFileSync(file, emitPcap(LINK_TYPE_OF.RAW, records));
}
