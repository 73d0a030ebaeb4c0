/**
 * The connection by which somebody controls this host: what sshd says of it, or the command line.
 *
 * @module
 */
import { environmentOf, parentOf } from '../../io/identity.ts';
import { type EssentialFlow, sessionFlow } from '../../ipsec/essential-flows.ts';
import { type IpAddress, parseIpAddress } from '../../net/ip-address.ts';
import { UsageError } from '../getopt.ts';

const FORM = 'SRC,PORT,DST,PORT, as 192.0.2.7,51234,192.0.2.1,22';

/** The connection that `given` names; else the one that an ancestor of this process came by. */
export function controllingSession(given: string | undefined): EssentialFlow | null {
  if (given !== undefined) {
    const flow = sessionOf(given.split(','));
    if (flow === null) throw new UsageError(`--session is ${FORM}, not "${given}"`);
    return flow;
  }
  // sudo and su forget it: their parents have it.
  for (let pid: number | null = process.pid; pid !== null; pid = parentOf(pid)) {
    const told = environmentOf(pid)?.get('SSH_CONNECTION');
    if (told !== undefined) return sessionOf(told.split(' '));
  }
  return null;
}

/** The client's address and port, then the server's (ssh(1), SSH_CONNECTION). */
export function sessionOf(words: readonly string[]): EssentialFlow | null {
  const [client = '', clientPort = '', server = '', serverPort = '', ...rest] = words;
  const [remote, local] = [addressOf(client), addressOf(server)];
  const [from, to] = [portOf(clientPort), portOf(serverPort)];
  if (remote === undefined || local === undefined || rest.length > 0) return null;
  if (from === null || to === null || remote.version !== local.version) return null;
  return sessionFlow({ address: local, port: to }, { address: remote, port: from });
}

/** Without its zone; of IPv4 over a socket of IPv6 (RFC 4291 §2.5.5.2), that of IPv4. */
function addressOf(text: string): IpAddress | undefined {
  const plain = text.replace(/%.*/, '');
  return parseIpAddress(plain.replace(/^::ffff:(?=\d+\.)/i, ''));
}

function portOf(text: string): number | null {
  return /^\d{1,5}$/.test(text) && Number(text) <= 0xffff ? Number(text) : null;
}
