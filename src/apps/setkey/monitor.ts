/**
 * `setkey -x`: what happens to the SAD and the SPD while it happens, whoever makes it happen.
 *
 * @module
 */
import { encryptionByName, integrityByName } from '../../crypto/registry.ts';
import { now } from '../../io/clock.ts';
import type { Backend } from '../../ipsec/backend.ts';
import type { BackendEvent } from '../../ipsec/events.ts';
import { eventToLine } from './event-json.ts';
import { KnownSas } from './known-sas.ts';
import { formatArrival, type MonitorForm } from './monitor-lines.ts';
import { eventMessage } from './pfkey/event-message.ts';
import type { Availability } from './pfkey/other-message.ts';
import type { Output } from './run.ts';

const OVERRUN = 'setkey: more happened than could be told: events are missing here\n';

/** Prints every event of `backend`. Signals end it, or that nobody reads any more. */
export async function monitor(
  backend: Backend,
  form: MonitorForm | 'json',
  output: Output,
): Promise<number> {
  const events = await backend.events();
  const known = new KnownSas();
  await known.learn(backend);
  const available = availabilityOf(await backend.capabilities());
  for await (const event of events) {
    if (event.kind === 'overrun') {
      output.report(OVERRUN);
      await known.learn(backend);
    }
    await output.print([formatEvent(known.follow(event), form, available)]);
  }
  return 0;
}

/** Nothing for what PF_KEY has no message for. */
function formatEvent(
  event: BackendEvent,
  form: MonitorForm | 'json',
  available: Availability,
): string {
  if (form === 'json') return eventToLine(event, now());
  const message = eventMessage(event, available);
  return message === null ? '' : formatArrival(message, now(), form);
}

/** By Linux's names. */
function availabilityOf({
  ciphers,
  integrity,
}: {
  readonly ciphers: readonly string[];
  readonly integrity: readonly string[];
}): Availability {
  const names = new Set([
    ...ciphers.map((name) => encryptionByName(name)?.linux),
    ...integrity.map((name) => integrityByName(name)?.linux),
  ]);
  return (linux) => names.has(linux);
}
