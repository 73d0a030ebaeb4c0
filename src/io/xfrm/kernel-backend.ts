/**
 * The {@link Backend} of the Linux kernel: its own SAD and SPD, over NETLINK_XFRM.
 *
 * **All or none.** Netlink has no transactions. A commit is therefore planned first, against what the
 * kernel holds, and what is known to be refused is refused before anything is touched
 * (`commit-plan.ts`). Then its steps are taken, batch after batch; when the kernel refuses one, those
 * that it took are taken back, last first: policies with their index, SAs with keys, sequence
 * numbers, replay windows, usage and age. An SA that was deleted and brought back carries nothing in
 * between. Where the kernel's answers are lost, every step of their batch counts as taken.
 *
 * **Closed on the way.** At no moment of a commit, and of its way back, does a packet pass in the
 * clear that both the old policies and the new ones would not let pass, a commit that empties the
 * SPD and fills it again included (`policy-plan.ts`), nor where steps of one batch are carried out
 * behind one that was refused (`batch.ts`). Policies are installed before SAs and removed
 * after them, so that a process that dies halfway leaves packets stopped, not exposed.
 *
 * **Not guaranteed.** The kernel has no lock that we could hold: what other programs do to the same
 * SAs and policies during a commit may make it fail, or may be undone with it. What is brought back
 * is the newest of its kind, the usage of a policy starts anew, and among policies of one priority
 * that overlap it may have lost its place.
 *
 * The kernel tells times in whole seconds.
 *
 * @module
 */
import { readFileSync } from 'node:fs';
import type {
  Backend,
  Capabilities,
  DiscardCounters,
  PolicyRecord,
  SaRecord,
} from '../../ipsec/backend.ts';
import { ChangeRefused } from '../../ipsec/backend.ts';
import type { Change } from '../../ipsec/change.ts';
import type { EventStream } from '../../ipsec/events.ts';
import type { SaId } from '../../ipsec/sa-parameters.ts';
import type { SelectorAddresses } from '../../ipsec/selector.ts';
import {
  larvalParameters,
  type SpiRequest,
  whyInvalidSpiRequest,
  whyNoSpi,
} from '../../ipsec/spi-request.ts';
import type { XfrmSa } from '../../netlink/xfrm-sa.ts';
import { now } from '../clock.ts';
import { SystemError } from '../libc.ts';
import type { NetlinkSocket } from '../netlink-socket.ts';
import { NetworkNamespace } from '../network-namespace.ts';
import { allocateSpi } from './allocate-spi.ts';
import { batchesOf } from './batch.ts';
import { planCommit } from './commit-plan.ts';
import { parseXfrmStat, XFRM_STAT } from './discards.ts';
import { policyFromKernel, saFromKernel } from './from-kernel.ts';
import { streamPolicies, streamSas } from './kernel-dump.ts';
import { KernelEvents } from './kernel-events.ts';
import { kernelCapabilities } from './kernel-ipsec.ts';
import { KernelTables } from './kernel-tables.ts';
import { refusalOf } from './refusal.ts';
import type { Step } from './step.ts';
import { saIdToKernel, saToKernel } from './to-kernel.ts';
import { explained, NEEDS_PRIVILEGE, openXfrmSocket } from './xfrm-socket.ts';

export class KernelBackend implements Backend {
  readonly #tables: KernelTables;
  readonly #namespace: NetworkNamespace;

  /** Works on the network namespace that the process is in. Throws a `SystemError`. */
  constructor() {
    this.#tables = new KernelTables();
    this.#namespace = NetworkNamespace.current();
  }

  async capabilities(): Promise<Capabilities> {
    return kernelCapabilities(this.#tables);
  }

  async commit(changes: readonly Change[]): Promise<void> {
    try {
      this.#carryOut(planCommit(changes, this.#tables), changes);
    } catch (error) {
      throw refusedAs(error);
    } finally {
      this.#tables.forget();
    }
  }

  async *sas(): AsyncGenerator<SaRecord> {
    const instant = now();
    for (const sa of streamSas(this.#openSocket())) {
      const record = saFromKernel(sa, instant);
      if (record !== null) yield record;
    }
  }

  async *policies(including?: SelectorAddresses): AsyncGenerator<PolicyRecord> {
    for (const policy of streamPolicies(this.#openSocket(), including)) {
      const record = policyFromKernel(policy);
      if (record !== null) yield record;
    }
  }

  async sa(id: SaId): Promise<SaRecord | null> {
    try {
      const known = this.#tables.sa(saIdToKernel(id));
      return known === undefined ? null : saFromKernel(known.sa, now());
    } catch (error) {
      throw explained(error, 'look up an SA of the kernel');
    } finally {
      this.#tables.forget();
    }
  }

  /** The kernel waits as long as net.core.xfrm_acq_expires says: 30 seconds, unless changed. */
  async allocateSpi(request: SpiRequest): Promise<SaRecord> {
    const fault = whyInvalidSpiRequest(request);
    if (fault !== null) throw new ChangeRefused(0, 'invalid', fault);
    const { least, most } = request;
    let sa: XfrmSa | null;
    try {
      sa = allocateSpi(this.#tables, saToKernel(larvalParameters(request, least), 0), least, most);
    } catch (error) {
      throw refusedAs(error);
    }
    if (sa === null) throw new ChangeRefused(0, 'exists', whyNoSpi(request));
    const record = saFromKernel(sa, now());
    if (record === null) throw new Error('Bug: an SA that was asked for is none of ours');
    return record;
  }

  async events(): Promise<EventStream> {
    const socket = this.#openSocket();
    try {
      return new KernelEvents(socket);
    } catch (error) {
      socket.close();
      throw explained(error, 'watch the SAs and policies of the kernel');
    }
  }

  /** Empty where the kernel keeps no such counters (CONFIG_XFRM_STATISTICS). */
  async discards(): Promise<DiscardCounters> {
    try {
      return parseXfrmStat(readFileSync(XFRM_STAT, 'utf8'));
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return {};
      throw error;
    }
  }

  /** Dumps and events that are under way go on to their end. */
  async close(): Promise<void> {
    this.#tables.close();
    this.#namespace.close();
  }

  /** Dumps and events have sockets of their own: who is asked other things meanwhile may answer. */
  #openSocket(): NetlinkSocket {
    return this.#namespace.within(openXfrmSocket);
  }

  #carryOut(steps: readonly Step[], changes: readonly Change[]): void {
    const taken: Step[] = [];
    try {
      for (const batch of batchesOf(steps)) this.#take(batch, taken, changes);
    } catch (error) {
      const lost = this.#takeBack(taken);
      if (lost === 0 || !(error instanceof ChangeRefused)) throw error;
      const complaint = `${lost} of what was there before could not be brought back`;
      throw new ChangeRefused(error.index, error.refusal, `${error.message}; ${complaint}`);
    }
  }

  /** Takes the steps of `batch`, and adds those to `taken` that were; throws for the first refused. */
  #take(batch: readonly Step[], taken: Step[], changes: readonly Change[]): void {
    const before = taken.length;
    // Until the kernel has answered, any of them may have been.
    taken.push(...batch);
    const verdicts = this.#tables.askAll(batch.map(({ request }) => request()));
    const refused = verdicts.findIndex(({ errno }) => errno !== 0);
    const [step, verdict] = [batch[refused], verdicts[refused]];
    if (step === undefined || verdict === undefined) return;
    taken.splice(before, batch.length, ...batch.filter((_, k) => verdicts[k]?.errno === 0));
    const change = changes[step.index];
    if (change === undefined) throw new Error(`Bug: a step for change ${step.index}`);
    throw refusalOf(change, step.index, verdict, this.#tables);
  }

  /** Takes `steps` back, last first; returns how many things could not be brought back. */
  #takeBack(steps: readonly Step[]): number {
    const requests = [...steps].reverse().flatMap(({ undo }) => undo());
    const possible = requests.filter((request) => request !== null);
    return requests.length - possible.length + this.#tables.undoAll(possible);
  }
}

/** What a system call failed of, as a refusal; any other error as it is. */
function refusedAs(error: unknown): unknown {
  if (!(error instanceof SystemError)) return error;
  const reason = error.code === 'EPERM' ? NEEDS_PRIVILEGE : error.message;
  return new ChangeRefused(0, 'failed', reason);
}
