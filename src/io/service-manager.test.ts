import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { makeTemporaryDirectory } from '../../test/lab/cleanup.ts';
import { setHostU16 } from '../octets/host.ts';
import { LINUX, libc, succeed } from './libc.ts';
import { ServiceManager } from './service-manager.ts';

const directory = makeTemporaryDirectory();
const open: number[] = [];

afterEach(() => {
  for (const fd of open.splice(0)) libc.close(fd);
});

/** A manager's end of a socket under `name`, where `@` stands for the octet 0; what it hears. */
function listenAt(name: string): () => string | null {
  const octets = new TextEncoder().encode(
    name.startsWith('@') ? `\0${name.slice(1)}` : `${name}\0`,
  );
  const address = new Uint8Array(2 + octets.length);
  setHostU16(address, 0, LINUX.AF_UNIX);
  address.set(octets, 2);
  const fd = succeed(libc.socket(LINUX.AF_UNIX, LINUX.SOCK_DGRAM, 0), 'open a socket');
  open.push(fd);
  succeed(libc.bind(fd, address, address.length), `bind ${name}`);
  return () => {
    const room = new Uint8Array(4096);
    const length = libc.recvInto(fd, room, room.length, LINUX.MSG_DONTWAIT);
    return length < 0 ? null : new TextDecoder().decode(room.subarray(0, length));
  };
}

describe('ServiceManager', () => {
  test.each([
    ['a path', join(directory.path, 'notify')],
    ['an abstract name', `@ipseal-test-${process.pid}`],
  ])('tells all of it in one datagram to %s', (_, name) => {
    const heard = listenAt(name);
    const manager = new ServiceManager({ NOTIFY_SOCKET: name }, 1);
    manager.tell({ READY: 1, STATUS: '2 SAs\n  and more\n' });
    expect(heard()).toBe('READY=1\nSTATUS=2 SAs and more\n');
    expect(heard()).toBeNull();
  });

  test('tells nobody when nobody wants to know', () => {
    new ServiceManager({}, 1).tell({ READY: 1 });
    new ServiceManager({ NOTIFY_SOCKET: '' }, 1).tell({ READY: 1 });
  });

  test('says when nobody is there', () => {
    const manager = new ServiceManager({ NOTIFY_SOCKET: join(directory.path, 'nobody') }, 1);
    expect(() => manager.tell({ READY: 1 })).toThrow('Cannot tell the service manager: ');
  });

  test.each(['vsock:2:1234', 'relative/path', `/${'x'.repeat(107)}`])('knows no %s', (name) => {
    expect(() => new ServiceManager({ NOTIFY_SOCKET: name }, 1)).toThrow('is no name of a socket');
  });

  test.each([
    [{}, null],
    [{ WATCHDOG_USEC: '30000000' }, 30_000],
    [{ WATCHDOG_USEC: '30000000', WATCHDOG_PID: '7' }, 30_000],
    [{ WATCHDOG_USEC: '30000000', WATCHDOG_PID: '8' }, null],
    [{ WATCHDOG_USEC: '0' }, null],
    [{ WATCHDOG_USEC: 'soon' }, null],
  ])('under %j wants to hear from process 7 every %j ms', (environment, ms) => {
    expect(new ServiceManager(environment, 7).watchdogMs).toBe(ms);
  });
});
