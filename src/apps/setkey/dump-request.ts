/**
 * What `setkey -H -D` prints before the dump: the octets of the PF_KEY message that asked for it.
 *
 * @module
 */
import { emitSadbMessage } from '../../pfkey/message.ts';
import { formatHexDump } from './kdebug.ts';
import { dumpRequest, policyDumpRequest } from './pfkey/other-message.ts';

/** The request of process `pid`, in hexadecimal digits. */
export function hexDumpRequest(task: 'dump-sad' | 'dump-spd', pid: number): string {
  const origin = { sequenceNumber: 0, pid };
  const request = task === 'dump-sad' ? dumpRequest(origin) : policyDumpRequest(origin);
  return formatHexDump(emitSadbMessage(request));
}
