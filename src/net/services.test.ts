import { expect, test } from 'vitest';
import { parseServices, portOfService } from './services.ts';

const TEXT = [
  '# Network services',
  'domain\t53/tcp\t\t# Domain Name Server',
  'domain 53/udp',
  'http 80/tcp www   # WorldWideWeb HTTP',
  'syslog 514/udp',
  'shell 514/tcp cmd syslog',
  'syslog 9999/tcp',
  'wrong 70000/tcp',
  'wrong eighty/tcp',
  'wrong',
  '',
].join('\n');

test('a service has a port for each protocol, and aliases', () => {
  const services = parseServices(TEXT);
  expect(portOfService(services, 'domain', ['udp'])).toBe(53);
  expect(portOfService(services, 'www', ['tcp'])).toBe(80);
  expect(portOfService(services, 'http', ['udp'])).toBeUndefined();
  expect(portOfService(services, 'http', ['udp', 'tcp'])).toBe(80);
});

test('of two lines for one name the first counts', () => {
  expect(portOfService(parseServices(TEXT), 'syslog', ['tcp'])).toBe(514);
});

test('lines of another form say nothing', () => {
  const services = parseServices(TEXT);
  expect([...services.keys()].filter((key) => key.startsWith('wrong'))).toEqual([]);
  expect(parseServices('\n#\n \u0000/ 3/3').size).toBe(0);
});
