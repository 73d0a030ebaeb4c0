import { expect, test } from 'vitest';
import { DataPath, memoryFor } from '../../test/support/data-path.ts';
import { address, echoPacket, udpPacket } from '../../test/support/packets.ts';
import { addPolicy, addSa, espSa, layer, policy, protect } from '../../test/support/sas.ts';
import { TestWatch } from '../../test/support/watching.ts';
import { nodeProvider } from '../crypto/node-provider.ts';
import { exactPattern } from '../ipsec/sa-pattern.ts';
import { TopView } from './top-view.ts';

const SCREEN = { rows: 24, columns: 80 };

function busy() {
  const asks = policy('outbound', protect(layer('esp')));
  const path = new DataPath(nodeProvider({ octets: new Uint8Array(memoryFor(4096)) }));
  path.commit(addSa(espSa()), addPolicy(asks));
  const watch = new TestWatch([exactPattern(espSa())], [asks]);
  return { path, watch };
}

test('the view fits the screen and tells rates, shares and leaks', () => {
  const { path, watch } = busy();
  const view = new TopView('ipseal watch: wire0');
  for (let k = 0; k < 10; k++) watch.see(path.seal(udpPacket(new Uint8Array(1000))));
  watch.see(echoPacket('request', 1, 56));
  const lines = view.lines(watch.tally, watch.sas.seen, 2, SCREEN);
  expect(lines.map(({ text }) => text.length).every((length) => length <= 80)).toBe(true);
  expect(lines).toEqual([
    {
      kind: 'bad',
      text: 'ipseal watch: wire0   6 packets/s   0.0 Mbit/s   90.9% protected   1 leak',
    },
    { kind: 'heading', text: '' },
    { kind: 'heading', text: expect.stringMatching(/^flow +packets\/s +Mbit\/s +protected$/) },
    {
      kind: 'good',
      text: expect.stringMatching(/^10\.9\.0\.1 > 10\.9\.0\.2 udp +5 +0\.0 +100% +█$/),
    },
    {
      kind: 'bad',
      text: expect.stringMatching(/^10\.9\.0\.1 > 10\.9\.0\.2 icmp +1 +0\.0 +0% +█$/),
    },
    { kind: 'heading', text: '' },
    { kind: 'heading', text: expect.stringMatching(/^SA +packets\/s +Mbit\/s +ICV +lost$/) },
    {
      kind: 'good',
      text: expect.stringMatching(/^esp 0x00000201 to 10\.9\.0\.2 +5 +0\.0 +ok +0 +█$/),
    },
    { kind: 'heading', text: 'q quits' },
  ]);
});

test('bars tell how the rate went, and silence is a low bar', () => {
  const { path, watch } = busy();
  const view = new TopView('w');
  const sealed = () => watch.see(path.seal(udpPacket(new Uint8Array(100))));
  const barsAfter = (packets: number) => {
    for (let k = 0; k < packets; k++) sealed();
    return view.lines(watch.tally, watch.sas.seen, 1, SCREEN)[3]?.text.split(' ').at(-1);
  };
  expect([barsAfter(4), barsAfter(8), barsAfter(0)]).toEqual(['█', '▅█', '▅█▁']);
});

test('a small screen shows the busiest', () => {
  const { path, watch } = busy();
  for (let host = 1; host < 50; host++) {
    watch.see(path.seal(udpPacket(new Uint8Array(8))));
    watch.see(echoPacket('request', 1, 56, { source: address(`10.9.1.${host}`) }));
  }
  const lines = new TopView('w').lines(watch.tally, watch.sas.seen, 1, { rows: 10, columns: 40 });
  expect(lines).toHaveLength(10);
  expect(lines.every(({ text }) => text.length <= 40)).toBe(true);
});
