/**
 * The lab's own guests: a kernel with real IPsec at the far end of a TAP.
 *
 *     namespace "near"  tap0 10.9.0.1 ──── vec0 10.9.0.2  guest
 *
 * @module
 */
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startCapture, tcpdumpLines } from '../lab/capture.ts';
import { succeed } from '../lab/command.ts';
import { bootGuest, type Guest } from '../lab/guest.ts';
import { addKernelState, flushKernelState, type KernelState } from '../lab/kernel-sa.ts';
import { makeNamespace, type Namespace } from '../lab/namespace.ts';
import { runScapy } from '../lab/scapy.ts';
import { describeUml } from '../lab/tier.ts';
import { waitUntil } from '../support/hosts.ts';

describeUml('lab', () => {
  let near: Namespace;
  let guest: Guest;
  let shared: string;

  beforeAll(async () => {
    shared = mkdtempSync(join(tmpdir(), 'ipseal-lab-test-'));
    near = await makeNamespace('near');
    await near.addTap('tap0', '10.9.0.1/24', 'fd09::1/64');
    guest = await bootGuest({
      taps: [{ namespace: near, device: 'tap0', guestAddress: ['10.9.0.2/24', 'fd09::2/64'] }],
      writable: [shared],
    });
  });

  afterAll(async () => {
    await guest?.stop();
    await near?.dispose();
    rmSync(shared, { recursive: true, force: true });
  });

  test('a guest tells status and both streams apart, and reads its input', async () => {
    const result = await guest.sh('read word; echo "it\'s $word"; echo two >&2; exit 3', {
      input: 'one\n',
      env: { LANG: 'C' },
    });
    expect(result).toEqual({ status: 3, stdout: "it's one\n", stderr: 'two\n' });
  });

  test('a guest runs several commands at once', async () => {
    const answers = [1, 2, 3, 4].map((n) => guest.sh(`sleep 0.${5 - n}; echo ${n}`));
    const printed = (await Promise.all(answers)).map(({ stdout }) => stdout);
    expect(printed).toEqual(['1\n', '2\n', '3\n', '4\n']);
  });

  test('a guest runs node on this machine’s files', async () => {
    const stdout = await succeed(guest, ['node', '-p', 'os.hostname()']);
    expect(stdout).toBe('guest\n');
  });

  test('a command that takes too long is killed, and the guest goes on', async () => {
    const slow = guest.sh('sleep 98765 & wait', { timeoutMs: 100 });
    await expect(slow).rejects.toThrow('no end in 100 ms');
    await waitUntil('its end', async () => (await guest.run(['pgrep', 'sleep'])).status === 1);
  });

  test('what a guest writes vanishes, but for shared directories', async () => {
    await succeed(guest, ['sh', '-ec', `echo kept >${shared}/kept; echo lost >/etc/ipseal-lost`]);
    await succeed(guest, ['sync']);
    expect(readFileSync(join(shared, 'kept'), 'utf8')).toBe('kept\n');
    expect(existsSync('/etc/ipseal-lost')).toBe(false);
  });

  test('guest and namespace reach each other in clear, over IPv4 and IPv6', async () => {
    await succeed(near, ['ping', '-c', '1', '-W', '30', '10.9.0.2']);
    await succeed(guest, ['ping', '-c', '1', '-W', '30', 'fd09::1']);
  });

  test('the guest’s kernel takes an ESP SA and its policy, and lists them', async () => {
    await addKernelState(guest, FAR_STATE);
    const states = await succeed(guest, ['ip', 'xfrm', 'state']);
    expect(states).toContain('proto esp spi 0x00001001 reqid 7 mode transport');
    expect(states).toContain('auth-trunc hmac(sha1) 0x0102030405060708090a0b0c0d0e0f1011121314 96');
    expect(states).toContain('enc cbc(aes) 0x000102030405060708090a0b0c0d0e0f');
    expect(await succeed(guest, ['ip', 'xfrm', 'policy'])).toContain('proto esp reqid 7');
    await flushKernelState(guest);
    expect(await succeed(guest, ['ip', 'xfrm', 'state'])).toBe('');
  });

  test('the guest’s kernel answers ESP from scapy with ESP', async () => {
    await addKernelState(guest, FAR_STATE);
    const capture = await startCapture(near, 'tap0', { filter: 'esp' });
    const output = await runScapy(near, PROTECTED_PING, {
      encryptionKey: ENCRYPTION_KEY,
      integrityKey: INTEGRITY_KEY,
    });
    expect(output).toEqual({
      type: 0,
      sequence: 42,
      payload: Buffer.from('sealed').toString('hex'),
    });
    expect(await tcpdumpLines(await capture.stop(), ['-t'])).toEqual([
      expect.stringContaining('IP 10.9.0.1 > 10.9.0.2: ESP(spi=0x00001001,seq=0x1)'),
      expect.stringContaining('IP 10.9.0.2 > 10.9.0.1: ESP(spi=0x00001002,seq=0x1)'),
    ]);
    const counters = await succeed(guest, ['ip', '-s', 'xfrm', 'state', 'get', ...INBOUND_ID]);
    expect(counters).toMatch(/lifetime current:\s+\d+\(bytes\), 1\(packets\)/);
    await flushKernelState(guest);
  });

  test('the guest’s kernel takes every kind of SA and policy', async () => {
    const ends = { source: '10.9.0.1', destination: '10.9.0.2', reqid: 3 } as const;
    const integrity = COMMON.integrity;
    await addKernelState(guest, {
      sas: [
        { ...ends, protocol: 'ah', spi: 0x2001, mode: 'transport', integrity, replayWindow: 0 },
        { ...ends, protocol: 'comp', spi: 0x3001, mode: 'transport', compression: 'deflate' },
        {
          ...ends,
          protocol: 'esp',
          spi: 0x4001,
          mode: 'tunnel',
          aead: { name: 'rfc4106(gcm(aes))', keyHex: INTEGRITY_KEY, icvBits: 128 },
          encapsulation: { sourcePort: 4500, destinationPort: 4500 },
          replayWindow: 64,
          more: ['flag', 'esn'],
        },
        {
          ...ends,
          protocol: 'esp',
          spi: 0x5001,
          mode: 'transport',
          encryption: { name: 'ecb(cipher_null)', keyHex: '' },
          integrity,
        },
      ],
      policies: [
        {
          source: '10.9.1.0/24',
          destination: '10.9.2.0/24',
          direction: 'out',
          upperProtocol: 'tcp',
          destinationPort: 80,
          priority: 9,
          templates: [{ ...ends, protocol: 'esp', mode: 'transport', level: 'use' }],
        },
        {
          source: '::/0',
          destination: 'fd09::/16',
          direction: 'in',
          action: 'block',
          templates: [],
        },
      ],
    });
    const states = await succeed(guest, ['ip', 'xfrm', 'state']);
    expect(states.match(/proto \w+ spi 0x\w+/g)?.sort()).toEqual([
      'proto ah spi 0x00002001',
      'proto comp spi 0x00003001',
      'proto esp spi 0x00004001',
      'proto esp spi 0x00005001',
    ]);
    expect(states).toContain('encap type espinudp sport 4500 dport 4500');
    const policies = await succeed(guest, ['ip', 'xfrm', 'policy']);
    expect(policies).toContain('src 10.9.1.0/24 dst 10.9.2.0/24 proto tcp dport 80');
    expect(policies).toContain('level use');
    expect(policies).toContain('action block');
    await flushKernelState(guest);
  });

  test('a kernel that refuses an SA says why', async () => {
    const sa = { ...COMMON, source: '10.9.0.1', destination: '10.9.0.2', spi: 0x1003 };
    const broken = { ...sa, encryption: { name: 'cbc(aes)', keyHex: '00' } };
    const attempt = addKernelState(guest, { sas: [broken], policies: [] });
    await expect(attempt).rejects.toThrow('Invalid argument');
  });
});

describeUml('lab, the end of a guest', () => {
  test('a guest ends when its life is over, and says so to whom it concerns', async () => {
    const guest = await bootGuest({ lifeSeconds: 12 });
    await expect(guest.run(['sleep', '60'])).rejects.toThrow('the guest ended');
    await expect(guest.run(['true'])).rejects.toThrow('the guest has ended');
    await guest.stop();
  });

  test('a guest that cannot boot shows why', async () => {
    await expect(bootGuest({ memoryMiB: 8 })).rejects.toThrow(/Cannot boot a guest: .*/);
  });
});

const ENCRYPTION_KEY = '000102030405060708090a0b0c0d0e0f';
const INTEGRITY_KEY = '0102030405060708090a0b0c0d0e0f1011121314';
const INBOUND_ID = ['src', '10.9.0.1', 'dst', '10.9.0.2', 'proto', 'esp', 'spi', '0x1001'];

const COMMON = {
  protocol: 'esp',
  mode: 'transport',
  reqid: 7,
  encryption: { name: 'cbc(aes)', keyHex: ENCRYPTION_KEY },
  integrity: { name: 'hmac(sha1)', keyHex: INTEGRITY_KEY, icvBits: 96 },
} as const;
const TEMPLATES = [{ protocol: 'esp', mode: 'transport', reqid: 7 }] as const;

/** What the guest holds: 10.9.0.2 protects all it exchanges with 10.9.0.1. */
const FAR_STATE: KernelState = {
  sas: [
    { ...COMMON, source: '10.9.0.1', destination: '10.9.0.2', spi: 0x1001 },
    { ...COMMON, source: '10.9.0.2', destination: '10.9.0.1', spi: 0x1002 },
  ],
  policies: [
    { source: '10.9.0.1', destination: '10.9.0.2', direction: 'in', templates: TEMPLATES },
    { source: '10.9.0.2', destination: '10.9.0.1', direction: 'out', templates: TEMPLATES },
  ],
};

/** Seals an echo request by itself, and opens the reply. */
const PROTECTED_PING = `
raw_sockets = hold_raw_sockets()
keys = dict(crypt_algo='AES-CBC', crypt_key=bytes.fromhex(input['encryptionKey']),
            auth_algo='HMAC-SHA1-96', auth_key=bytes.fromhex(input['integrityKey']))
there = SecurityAssociation(ESP, spi=0x1001, **keys)
back = SecurityAssociation(ESP, spi=0x1002, **keys)
echo = IP(src='10.9.0.1', dst='10.9.0.2') / ICMP(id=9, seq=42) / b'sealed'
ears = AsyncSniffer(iface='tap0', count=1, timeout=10,
                    lfilter=lambda p: ESP in p and p[IP].src == '10.9.0.2',
                    started_callback=lambda: send(there.encrypt(echo)))
ears.start()
ears.join()
reply = back.decrypt(ears.results[0][IP])
output = {'type': reply[ICMP].type, 'sequence': reply[ICMP].seq, 'payload': bytes(reply[ICMP].payload)}
`;
