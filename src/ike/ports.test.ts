import { expect, test } from 'vitest';
import { ALICE, address, BOB } from '../../test/support/packets.ts';
import type { ListenAddress } from './configuration.ts';
import { formatUdpAddress } from './path.ts';
import { wantedPorts } from './ports.ts';

const at = (where: typeof ALICE): ListenAddress => ({
  address: where,
  port: 500,
  natTraversal: false,
});

test('where nothing is said, both ports of every address are wanted, but not of links alone', () => {
  const addresses = [ALICE, address('fd09::1'), address('fe80::1'), address('febf::1')];
  const { ports, absent } = wantedPorts({ addresses: [], strict: true }, addresses);
  expect(ports.map((port) => `${formatUdpAddress(port)} ${port.natTraversal}`)).toEqual([
    '10.9.0.1[500] false',
    '10.9.0.1[4500] true',
    'fd09::1[500] false',
    'fd09::1[4500] true',
  ]);
  expect(absent).toEqual([]);
});

test('else what is said, as far as the host has it', () => {
  const listen = { addresses: [at(ALICE), at(BOB)], strict: false };
  expect(wantedPorts(listen, [BOB])).toEqual({ ports: [at(BOB)], absent: [at(ALICE)] });
});
