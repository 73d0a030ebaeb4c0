import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { startTestDaemon, type TestDaemon } from '../../../../test/support/control-server.ts';
import { keepWritten } from '../../../../test/support/written.ts';
import { CIPHERS, INTEGRITY_ALGORITHMS } from '../../../crypto/registry.ts';
import type { KernelGap } from '../../../io/xfrm/kernel-gaps.ts';
import {
  type CapabilitiesOptions,
  capabilities,
  inWords,
  ofKernel,
  ofUserspace,
} from './capabilities.ts';

let daemon: TestDaemon;

beforeEach(async () => {
  daemon = await startTestDaemon();
});

afterEach(() => {
  vi.restoreAllMocks();
  daemon.close();
});

/** What `ipseal capabilities` prints. */
async function printed(options: CapabilitiesOptions = {}): Promise<string> {
  const out = keepWritten(process.stdout);
  const status = await capabilities({ backend: 'userspace', control: daemon.path, ...options });
  expect(status).toBe(0);
  return out.text;
}

const NO_ESP: readonly KernelGap[] = [
  { kind: 'protocol', name: 'esp', reason: 'this kernel has no ESP (CONFIG_INET_ESP)' },
  { kind: 'cipher', name: 'aes-cbc', reason: 'this kernel has no cbc(aes)' },
];

describe('ipseal capabilities', () => {
  test('says of ipseald what it has, a line each', async () => {
    const text = await printed();
    expect(text.split('\n').slice(0, 5)).toEqual([
      'userspace:',
      '  protocols',
      '    esp              yes',
      '    ah               yes',
      '    ipcomp           yes',
    ]);
    for (const { name } of [...CIPHERS, ...INTEGRITY_ALGORITHMS]) {
      expect(text).toMatch(new RegExp(`^ {4}${name} +yes$`, 'm'));
    }
    expect(text).not.toContain('what helps');
  });

  test('is one JSON object on one line with --json', async () => {
    const text = await printed({ json: true });
    expect(text.indexOf('\n')).toBe(text.length - 1);
    expect(JSON.parse(text)).toMatchObject({
      version: 1,
      backend: 'userspace',
      protocols: { esp: true, ah: true, ipcomp: true },
      ciphers: { 'aes-cbc': true },
      integrity: { 'hmac-sha256': true },
      compression: { deflate: true },
      missing: [],
      help: null,
    });
  });

  test('says of a kernel what is missing, why, and what helps', () => {
    const report = ofKernel(NO_ESP);
    expect(report).toMatchObject({
      backend: 'kernel',
      protocols: { esp: false, ah: true, ipcomp: true },
      ciphers: { 'aes-cbc': false, null: true },
      compression: { deflate: true },
      missing: NO_ESP,
    });
    const text = inWords(report);
    expect(text).toContain('    esp              no  this kernel has no ESP (CONFIG_INET_ESP)\n');
    expect(text).toContain('    aes-cbc          no  this kernel has no cbc(aes)\n');
    expect(text).toContain('    ah               yes\n');
    expect(text).toMatch(/^what helps: a kernel that has it; or .*"ipseald &"\n$/m);
  });

  test('says of a kernel that lacks IPComp that ipseald has it', () => {
    const reason = 'this kernel has no IPComp (CONFIG_INET_IPCOMP)';
    const report = ofKernel([{ kind: 'protocol', name: 'ipcomp', reason }]);
    expect(inWords(report)).toContain(`    ipcomp           no  ${reason}\n`);
    expect(report.help).toContain('ipseald');
  });

  test('says of an ipseald of another version what it lacks, and what we do not know of', () => {
    const told = {
      protocols: ['esp', 'ah'],
      ciphers: ['rot13'],
      integrity: ['hmac-sha256'],
      compression: [],
    };
    const report = ofUserspace({ backend: 'userspace', ...told });
    expect(report.ciphers).toMatchObject({ rot13: true, 'aes-cbc': false });
    expect(inWords(report)).toContain('    aes-cbc          no  this ipseald has no aes-cbc\n');
    expect(report.help).toContain('restart it');
  });

  test('says how to start a daemon where none runs', async () => {
    daemon.close();
    await expect(capabilities({ backend: 'userspace', control: daemon.path })).rejects.toThrow(
      'start one with "ipseald &"',
    );
  });
});
