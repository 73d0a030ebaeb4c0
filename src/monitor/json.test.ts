import { expect, test } from 'vitest';
import { esp, ethernet, icmpError, ipv4, tcp, vlan } from '../../test/support/sample-packets.ts';
import { CapturedPacket } from '../wire/captured-packet.ts';
import { LINK_TYPE_OF } from '../wire/pcap.ts';
import { dissect, dissectCaptured } from './dissect.ts';
import { type PacketJson, packetToLine } from './json.ts';
import { observe } from './observation.ts';

const TIME = '2026-11-22T01:23:26.123456Z';

function captured(octets: Uint8Array, linkType: number): CapturedPacket {
  return new CapturedPacket(1, 0, octets.length + 1, linkType, octets, 0, octets.length);
}

function json(packet: CapturedPacket): PacketJson {
  return JSON.parse(packetToLine(packet, observe(dissectCaptured(packet)), TIME));
}

test('a packet is an object with its layers from the outermost in', () => {
  const frame = ethernet(0x8100, vlan(5, 0x0800, ipv4(50, esp())));
  expect(json(captured(frame, LINK_TYPE_OF.ETHERNET))).toMatchObject({
    version: 1,
    type: 'packet',
    time: TIME,
    length: frame.length + 1,
    captured: frame.length,
    src: '10.9.0.1',
    dst: '10.9.0.2',
    layers: [
      { layer: 'ethernet', source: '02:00:00:00:00:01', etherType: 0x8100 },
      { layer: 'vlan', vlanId: 5 },
      { layer: 'ipv4', source: '10.9.0.1', ttl: 64, protocol: 50 },
      { layer: 'esp', length: 116, spi: 0x201, sequenceNumber: 1 },
    ],
    icv: 'unchecked',
    inner: null,
    verdict: null,
  });
});

test('what an error quotes is a row of layers, options are hexadecimal digits', () => {
  const quoted = ipv4(6, tcp({ flags: 2, options: Uint8Array.of(2, 4, 5, 180) }));
  const { layers } = json(captured(ipv4(1, icmpError(3, 3, 0, quoted)), LINK_TYPE_OF.RAW));
  expect(layers[1]).toMatchObject({
    layer: 'icmp',
    quoted: [{ layer: 'ipv4' }, { layer: 'tcp', options: [{ kind: 2, data: '05b4' }] }],
  });
});

test('an inner packet has the shape of the outer one', () => {
  const packet = captured(ipv4(50, esp()), LINK_TYPE_OF.RAW);
  const inner = { ...observe(dissect(ipv4(6, tcp({})), LINK_TYPE_OF.RAW)) };
  const outer = { ...observe(dissectCaptured(packet)), icv: 'ok' as const, inner };
  expect(JSON.parse(packetToLine(packet, outer, TIME))).toMatchObject({
    icv: 'ok',
    inner: { version: 1, type: 'packet', time: TIME, length: 40, layers: [{}, { layer: 'tcp' }] },
  });
});

test('octets that are no packet are an object, too', () => {
  expect(json(captured(new Uint8Array(3), LINK_TYPE_OF.ETHERNET))).toMatchObject({
    src: null,
    dst: null,
    layers: [{ layer: 'truncated', format: 'ether' }],
  });
});
