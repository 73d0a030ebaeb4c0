/**
 * From which of our addresses packets go to a peer.
 *
 * @module
 */
import { createSocket } from 'node:dgram';
import { formatIpAddress, type IpAddress, parseIpAddress } from '../../net/ip-address.ts';

const IKE_PORT = 500;

/** What the routes say. Rejects when none leads there. Nothing is sent. */
export async function addressTowards(remote: IpAddress): Promise<IpAddress> {
  const text = formatIpAddress(remote);
  const socket = createSocket(remote.version === 4 ? 'udp4' : 'udp6');
  try {
    await new Promise<void>((resolve, reject) => {
      socket.once('error', reject);
      socket.connect(IKE_PORT, text, resolve);
    });
    const address = parseIpAddress(socket.address().address);
    if (address === undefined) throw new Error(`cannot tell which address leads to ${text}`);
    return address;
  } catch (error) {
    throw new Error(`no route to ${text}`, { cause: error });
  } finally {
    socket.close();
  }
}
