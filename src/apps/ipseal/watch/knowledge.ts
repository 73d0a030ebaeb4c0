/**
 * What `ipseal watch` is told beside packets: keys (`--sad`) and policies (`--policy`), from the
 * kernel, from ipseald, or from files.
 *
 * @module
 */
import { type CryptoProvider, UnsupportedError } from '../../../crypto/context.ts';
import { nodeProvider } from '../../../crypto/node-provider.ts';
import { opensslProvider } from '../../../io/openssl/provider.ts';
import { PinnedMemory } from '../../../io/pinned-memory.ts';
import { Judge } from '../../../monitor/judge.ts';
import { observe } from '../../../monitor/observation.ts';
import { PACKET_COPY_MEMORY } from '../../../monitor/packet-copy.ts';
import { type SummaryJson, summaryOf } from '../../../monitor/summary.ts';
import { Tally } from '../../../monitor/tally.ts';
import { Unsealer } from '../../../monitor/unsealer.ts';
import { WatchedSas } from '../../../monitor/watched-sas.ts';
import { Watcher } from '../../../monitor/watcher.ts';
import { openBackend } from '../../open-backend.ts';
import { policiesIn, saPatternsIn } from '../known-file.ts';
import { Following } from './follow.ts';
import { filesAmong, type KnowledgeSources } from './knowledge-sources.ts';
import type { LayersOf } from './layers-of.ts';
import type { WatchCommand } from './options.ts';
import type { WritePacket } from './packet-text.ts';
import type { Print } from './sink.ts';

/** The exit status where `--leaks` found one. */
export const LEAK_STATUS = 3;

/** Whether `command` asks for more than can be seen from outside. */
export function isInformed({ knowledge, summary, top }: WatchCommand): boolean {
  return knowledge.sads.length > 0 || knowledge.policies.length > 0 || summary || top;
}

export class Knowledge {
  readonly watcher: Watcher;
  readonly tally = new Tally();
  readonly sas: WatchedSas;
  /** `null` where no policies were given. */
  readonly judge: Judge | null;
  readonly #followed: Following[] = [];

  private constructor(judge: Judge | null) {
    const crypto = provider();
    this.sas = new WatchedSas(crypto);
    this.judge = judge;
    this.watcher = new Watcher(new Unsealer(this.sas, crypto), judge, this.tally);
  }

  /** Learns what `sources` tell. Throws where one of them cannot be read. */
  static async from(sources: KnowledgeSources): Promise<Knowledge> {
    const knowledge = new Knowledge(sources.policies.length > 0 ? new Judge() : null);
    try {
      await knowledge.#learn(sources);
      return knowledge;
    } catch (error) {
      await knowledge.close();
      throw error;
    }
  }

  /** Writes packets with all that is known of them; leaks alone where they are asked for. */
  printing(write: WritePacket, layers: LayersOf, leaks: boolean): Print {
    const { watcher } = this;
    if (!leaks) return (out, packet) => write(out, packet, watcher.observe(layers(packet)));
    return (out, packet) => {
      const layer = layers(packet);
      const verdict = watcher.judge(layer);
      if (verdict?.kind === 'leak') write(out, packet, { ...observe(layer), verdict });
    };
  }

  /** What went by so far. */
  summary(): SummaryJson {
    return summaryOf(this.tally, this.sas.seen, this.judge !== null);
  }

  /** Lets go of backends. Throws what kept one of them from being followed to the end. */
  async close(): Promise<void> {
    for (const following of this.#followed.splice(0)) {
      await following.close();
      if (following.failure !== null) throw following.failure;
    }
  }

  async #learn({ sads, policies, control }: KnowledgeSources): Promise<void> {
    for (const backend of ['kernel', 'userspace'] as const) {
      const followed = {
        sas: sads.includes(backend) ? this.sas : null,
        judge: policies.includes(backend) ? this.judge : null,
      };
      if (followed.sas === null && followed.judge === null) continue;
      const opened = await openBackend(backend, control ?? undefined);
      this.#followed.push(await Following.begin(opened, followed));
    }
    for (const path of filesAmong(sads)) {
      for (const pattern of await saPatternsIn(path)) this.sas.add(pattern);
    }
    for (const path of filesAmong(policies)) {
      for (const policy of await policiesIn(path)) this.judge?.add(policy);
    }
  }
}

/** OpenSSL's, which is faster, or Node's where there is none. */
function provider(): CryptoProvider {
  try {
    return opensslProvider(new PinnedMemory(PACKET_COPY_MEMORY));
  } catch (error) {
    if (!(error instanceof UnsupportedError)) throw error;
    return nodeProvider({ octets: new Uint8Array(PACKET_COPY_MEMORY) });
  }
}
