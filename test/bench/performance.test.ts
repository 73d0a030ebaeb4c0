import { expect, test } from 'vitest';
import { judge } from './goals.mjs';
import { ikeSection, performanceChart, performanceSection } from './performance.mjs';

const WHOLE = {
  'bare wire': { tcp1: 44e9 },
  'ipseal, UDP tunnel, aes-gcm-16': { tcp1: 5e9, udp64: 3e5, daemons: 2.4 },
  'ipseal, raw tunnel, aes-gcm-16': { tcp1: 3e9, udp64: 3e5, daemons: 3.1 },
  OpenVPN: { tcp1: 1e9, udp64: 4e4, daemons: 11.4 },
  'ssh -L': { tcp1: 9e9, daemons: 1.4 },
};
const REPORT = {
  machine: {
    processor: 'Some',
    processors: 2,
    kernel: '6.1',
    node: 'v20.1.0',
    openssl: '3.0.1',
    multiBuffer: '1.3.0',
    load: 0.1,
  },
  versions: { OpenVPN: '2.6.3' },
  rounds: 5,
  seconds: 3,
  figures: { whole: WHOLE },
  goals: judge(WHOLE),
  hindrances: {},
};

test('the chart shows every scheme but the bare wire, which it tells of', () => {
  const chart = performanceChart(REPORT);
  for (const name of ['UDP tunnel, aes-gcm-16', 'raw tunnel, aes-gcm-16', 'OpenVPN', 'ssh -L']) {
    expect(chart).toContain(`>${name}</text>`);
  }
  expect(chart).not.toContain('>bare wire<');
  expect(chart).toContain('The bare wire: 44.00 Gbit/s.');
});

test('the chart says of a proxy that it carries no packets', () => {
  expect(performanceChart(REPORT).match(/>carries no packets</g)).toHaveLength(1);
});

test('a group of which nothing was measured is left out', () => {
  const { 'ssh -L': _, ...whole } = WHOLE;
  expect(performanceChart(REPORT)).toContain('PROXIES');
  expect(performanceChart({ ...REPORT, figures: { whole } })).not.toContain('PROXIES');
});

test('the text says with what, and has a table for each wire that was measured', () => {
  const section = performanceSection(REPORT);
  expect(section).toContain(
    '2 x Some, Linux 6.1, Node v20.1.0 with OpenSSL 3.0.1 and Multi-Buffer Crypto 1.3.0. OpenVPN 2.6.3.',
  );
  expect(section).toContain('Medians of 5; 3 seconds each measurement.');
  expect(section.match(/ipseal ÷ this/g)).toHaveLength(1);
  const both = performanceSection({ ...REPORT, figures: { whole: WHOLE, segmented: WHOLE } });
  expect(both.match(/ipseal ÷ this/g)).toHaveLength(2);
});

test('the text owns up to what disturbed it, and to what is missing', () => {
  expect(performanceSection(REPORT)).not.toMatch(/not idle|Not all/);
  const machine = { ...REPORT.machine, load: 3.14 };
  expect(performanceSection({ ...REPORT, machine })).toContain('its load was 3.1 before');
  expect(performanceChart(REPORT)).not.toContain('Other work');
  expect(performanceChart({ ...REPORT, machine })).toContain('Other work disturbed it.');
  const hindrances = { stunnel: 'skipped, there is no stunnel' };
  expect(performanceSection({ ...REPORT, hindrances })).toContain(
    'Not all was measured: stunnel skipped, there is no stunnel.',
  );
});

test('figures of negotiations come with what they were measured with, and a dash where there is none', () => {
  const rows = {
    'ecp256, ipseal': { '/s': 600, 'KiB, heap': 21.5 },
    'ecp256, charon': { '/s': 900, 'KiB, heap': null },
  };
  const text = ikeSection({ ...REPORT, rows });
  expect(text).toContain('2 x Some, Linux 6.1, Node v20.1.0');
  expect(text).toContain('OpenVPN 2.6.3. Medians of 5; 3 seconds each measurement.\n');
  expect(text).toContain(
    '| ecp256, ipseal | 600 |      21.5 |\n| ecp256, charon | 900 |         - |\n',
  );
});
