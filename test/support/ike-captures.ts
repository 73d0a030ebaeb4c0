/**
 * IKE messages out of capture files.
 *
 * @module
 */
import { readFileSync } from 'node:fs';
import { dissect } from '../../src/monitor/dissect.ts';
import type { Layer } from '../../src/monitor/layer.ts';
import { Malformed } from '../../src/octets/malformed.ts';
import { parsePcap } from '../../src/wire/pcap.ts';

/** The IKE messages of the pcap file at `file`, in their order; what was in fragments is left out. */
export function ikeOfPcap(file: string): readonly Uint8Array[] {
  const capture = parsePcap(new Uint8Array(readFileSync(file)));
  if (capture instanceof Malformed) throw new TypeError(String(capture));
  return capture.records.flatMap(({ packet, linkType }) => ikeOf(dissect(packet, linkType)));
}

function ikeOf(layer: Layer): readonly Uint8Array[] {
  if (layer.kind === 'ike') return [layer.octets.subarray(layer.at, layer.at + layer.length)];
  return 'payload' in layer ? ikeOf(layer.payload) : [];
}
