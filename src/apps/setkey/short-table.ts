/**
 * `setkey -lD`: the SAD as a table with a line for each SA, printed again every second.
 *
 *     time p   s spi      ltime   src -> dst
 *     1553 esp M 00000300   2/0   192.0.2.1 -> 192.0.2.2
 *
 * The columns are minute and second of the hour, protocol, state, SPI, and the age beside the hard
 * lifetime in seconds.
 *
 * @module
 */
import type { Instant, SaRecord } from '../../ipsec/backend.ts';
import type { IpsecProtocol } from '../../ipsec/policy.ts';
import { formatIpAddress } from '../../net/ip-address.ts';
import { secondsBetween } from './times.ts';

/** What stands above the first round. */
export const SHORT_HEADER: string = 'time p   s spi      ltime   src -> dst\n';

const PROTOCOLS: Readonly<Record<IpsecProtocol, string>> = { esp: 'esp', ah: 'ah', ipcomp: 'ipc' };

const STATES: Readonly<Record<SaRecord['state'], string>> = {
  larval: 'L',
  mature: 'M',
  dying: 'D',
  dead: 'd',
};

/** Seconds that have no room in their column. */
const BIG = 1000;

/** One round of the table. */
export async function* shortRound(
  records: AsyncIterable<SaRecord>,
  now: Instant,
): AsyncGenerator<string> {
  for await (const record of records) yield shortLine(record, now);
}

/** One line of the table. */
function shortLine({ parameters, state, addedAt }: SaRecord, now: Instant): string {
  const { protocol, spi, source, destination, hardLifetime } = parameters;
  const age = seconds(secondsBetween(addedAt, now)).padStart(3);
  const limit = seconds(hardLifetime.seconds).padEnd(3);
  return (
    `${minuteAndSecond(now)} ${PROTOCOLS[protocol].padEnd(3)} ${STATES[state]}` +
    ` ${spi.toString(16).padStart(8, '0')} ${age}/${limit}` +
    ` ${formatIpAddress(source)} -> ${formatIpAddress(destination)}\n`
  );
}

function seconds(count: number): string {
  return count < BIG ? `${count}` : 'big';
}

function minuteAndSecond(instant: Instant): string {
  const second = Math.floor(instant / 1000);
  const minute = Math.floor(second / 60);
  return [minute % 60, second % 60].map((part) => `${part}`.padStart(2, '0')).join('');
}
