/**
 * Judges packets by the policies of one host: were they protected as these ask?
 *
 * Which way a packet goes is told by its addresses: one that an outbound policy speaks of was sent by
 * the host, one that an inbound or forward policy speaks of was for it. Where both do, it is enough
 * that one of them is content.
 *
 * @module
 */

import { isExempt } from '../ipsec/exemption.ts';
import type { Policy, PolicyId, Template } from '../ipsec/policy.ts';
import { SaStack } from '../ipsec/sa-stack.ts';
import { satisfies, type WornLayer } from '../ipsec/satisfaction.ts';
import { OPAQUE, selectorMatchesButDetail } from '../ipsec/selector.ts';
import { Spd } from '../ipsec/spd.ts';
import { SpdEntry } from '../ipsec/spd-entry.ts';
import { newTraffic, readTraffic } from '../ipsec/traffic.ts';
import { addressKey, addressStandsAt, formatIpAddress } from '../net/ip-address.ts';
import { IP_PROTOCOL } from '../net/ip-protocol.ts';
import type { IpHeader } from '../wire/ip.ts';
import { ipv4Identification } from '../wire/ipv4.ts';
import { IPV6_FRAGMENT_LENGTH, ipv6FragmentIdentification } from '../wire/ipv6.ts';
import { Decapsulated } from './decapsulated.ts';
import type { PacketCopy } from './packet-copy.ts';
import type { Protection } from './protection.ts';
import type { Unsealer } from './unsealer.ts';
import type { Verdict } from './verdict.ts';

/** Implementation constant: datagrams whose first fragment is remembered. */
const MOST_FRAGMENTED = 256;

export class Judge {
  readonly #spd = new Spd();
  #protecting: readonly Policy[] | null = null;
  #index = 0;
  readonly #traffic = newTraffic();
  readonly #layers = new SaStack<WornLayer>();
  /** Whether nothing but compression is among {@link #layers}. */
  #isClear = true;
  /** What came out of tunnels for this host. */
  readonly #decapsulated = new Decapsulated();
  /** What was said of first fragments, for those that follow and show no ports. */
  readonly #fragments = new Map<string, Verdict>();

  /** `policies` of one priority are given with the oldest first. */
  constructor(policies: Iterable<Policy> = []) {
    for (const policy of policies) this.add(policy);
  }

  /** Adds a policy, in the place of one of the same name. */
  add(policy: Policy): void {
    this.remove(policy);
    this.#index += 1;
    this.#spd.add(new SpdEntry(policy, this.#index, 0));
    this.#protecting = null;
  }

  remove(id: PolicyId): void {
    const entry = this.#spd.find(id);
    if (entry !== undefined) this.#spd.remove(entry);
    this.#protecting = null;
  }

  flush(): void {
    for (const { policy } of this.#spd.all) this.remove(policy);
  }

  /** What is to be said of the packet that `unsealed` took the layers off. */
  judge(unsealed: Unsealer): Verdict {
    const { protections, count, copy } = unsealed;
    this.#layers.clear();
    this.#isClear = true;
    let seen = true;
    for (let k = 0; k < count; k++) {
      const protection = protections[k];
      if (protection === undefined) break;
      const { icv, opened, sa, mode, obstacle } = protection;
      if (icv === 'bad') return FORGED;
      if (!opened || sa === null || mode === null) return this.#judgeSealed(copy, protection);
      if (obstacle !== null) seen = false;
      this.#layers.push(sa.layerIn(mode));
      if (protection.protocol !== 'ipcomp') this.#isClear = false;
    }
    const last = count > 0 ? protections[count - 1] : undefined;
    if (last !== undefined && copy.header.nextLayerProtocol === IP_PROTOCOL['ipv6-nonxt']) {
      return this.#judgeSealed(copy, last);
    }
    const verdict = this.#judgeTraffic(copy);
    if (this.#isDecapsulated(copy, verdict)) return DECAPSULATED;
    // AH that nobody could verify.
    return !seen && verdict.kind === 'protected' ? { ...verdict, kind: 'sealed' } : verdict;
  }

  /** Whether the packet was seen before, in a tunnel; of one that is in a tunnel now, takes note. */
  #isDecapsulated({ memory, header, tunnelled }: PacketCopy, { kind, policy }: Verdict): boolean {
    if (policy === null || policy.direction === 'outbound') return false;
    if (tunnelled) this.#decapsulated.expect(memory.octets, header);
    return kind === 'leak' && this.#decapsulated.explains(memory.octets, header);
  }

  #judgeTraffic({ memory, header, captured }: PacketCopy): Verdict {
    const { octets } = memory;
    const isClear = this.#isClear;
    if (isClear && isExempt(octets, header, captured)) return ALLOWED;
    const fragment = header.isFragment ? fragmentKey(octets, header) : null;
    if (fragment !== null && header.fragmentOffset > 0) {
      const first = this.#fragments.get(fragment);
      if (first !== undefined) return first;
    }
    // What was not captured shows no ports.
    header.totalLength = Math.min(header.totalLength, captured);
    const sent = this.#look(octets, header, true, isClear);
    const received = sent?.why === null ? null : this.#look(octets, header, false, isClear);
    const content = received?.why === null ? received : sent;
    const verdict = content ?? received ?? (isClear ? ALLOWED : UNASKED);
    if (fragment !== null) this.#remember(fragment, verdict);
    return verdict;
  }

  /** What the policies of one way say; `null` when none speaks of the packet. */
  #look(octets: Uint8Array, header: IpHeader, sent: boolean, isClear: boolean): Verdict | null {
    const traffic = this.#traffic;
    readTraffic(traffic, octets, header, sent);
    const entry = sent
      ? this.#spd.lookup('outbound', traffic)
      : (this.#spd.lookup('inbound', traffic) ?? this.#spd.lookup('forward', traffic));
    if (entry === undefined) return null;
    if (entry === 'hidden') return isClear ? HIDDEN_LEAK : HIDDEN;
    const { policy } = entry;
    switch (policy.action.kind) {
      case 'discard':
        return { kind: 'blocked', policy, why: 'it says discard' };
      case 'bypass':
        return this.#layers.depth === 0
          ? { kind: 'allowed', policy, why: null }
          : { kind: 'unasked', policy, why: 'it says none' };
      case 'protect':
        return this.#compare(policy, policy.action.templates, sent, isClear);
    }
  }

  #compare(
    policy: Policy,
    templates: readonly Template[],
    sent: boolean,
    isClear: boolean,
  ): Verdict {
    if (satisfies(this.#layers, templates, sent)) {
      return { kind: isClear ? 'allowed' : 'protected', policy, why: null };
    }
    return isClear
      ? { kind: 'leak', policy, why: `it asks for ${templates.map(formatTemplate).join(', ')}` }
      : { kind: 'mismatch', policy, why: `it had ${formatLayers(this.#layers)}` };
  }

  /** Of what is inside nothing is known: whether any policy asks for such protection at all. */
  #judgeSealed({ memory, header }: PacketCopy, { protocol }: Protection): Verdict {
    for (const policy of this.#asking()) {
      if (policy.action.kind !== 'protect') continue;
      for (const template of policy.action.templates) {
        if (template.protocol !== protocol) continue;
        if (this.#mayBeOf(policy, template, memory.octets, header)) return SEALED;
      }
    }
    return UNASKED;
  }

  /** Whether packets between the addresses of `header` can be what `policy` asks for. */
  #mayBeOf(policy: Policy, { endpoints }: Template, octets: Uint8Array, header: IpHeader): boolean {
    const sent = policy.direction === 'outbound';
    const { version, sourceAt, destinationAt } = header;
    if (endpoints !== null) {
      const { local, remote } = endpoints;
      return (
        local.version === version &&
        addressStandsAt(sent ? local : remote, octets, sourceAt) &&
        addressStandsAt(sent ? remote : local, octets, destinationAt)
      );
    }
    readTraffic(this.#traffic, octets, header, sent);
    this.#traffic.nextLayerProtocol = OPAQUE;
    return selectorMatchesButDetail(policy.selector, this.#traffic);
  }

  /** The policies that protect. */
  #asking(): readonly Policy[] {
    this.#protecting ??= this.#spd.all
      .map(({ policy }) => policy)
      .filter(({ action }) => action.kind === 'protect');
    return this.#protecting;
  }

  #remember(fragment: string, verdict: Verdict): void {
    for (const oldest of this.#fragments.keys()) {
      if (this.#fragments.size < MOST_FRAGMENTED) break;
      this.#fragments.delete(oldest);
    }
    this.#fragments.set(fragment, verdict);
  }
}

/** What the fragments of one datagram have in common. */
function fragmentKey(octets: Uint8Array, header: IpHeader): string {
  const { version, at, sourceAt, destinationAt, nextLayerAt } = header;
  const identification =
    version === 4
      ? ipv4Identification(octets, at)
      : ipv6FragmentIdentification(octets, nextLayerAt - IPV6_FRAGMENT_LENGTH);
  const source = addressKey(version, octets, sourceAt);
  return `${source} ${addressKey(version, octets, destinationAt)} ${identification}`;
}

/** `esp/tunnel`. */
function formatTemplate({ protocol, mode }: Template): string {
  return `${protocol}/${mode}`;
}

/** From the outermost in. */
function formatLayers(layers: SaStack<WornLayer>): string {
  const texts: string[] = [];
  for (let place = 0; place < layers.depth; place++) {
    const layer = layers.at(place);
    if (layer !== undefined) texts.push(formatLayer(layer));
  }
  return texts.join(', ');
}

/** `esp/tunnel 10.9.0.1-10.9.0.2`. */
function formatLayer({ parameters }: WornLayer): string {
  const { protocol, mode, source, destination, reqid } = parameters;
  const number = reqid ? ` reqid ${reqid}` : '';
  const ends = `${formatIpAddress(source)}-${formatIpAddress(destination)}`;
  return `${protocol}/${mode} ${ends}${number}`;
}

const ALLOWED: Verdict = { kind: 'allowed', policy: null, why: null };
const DECAPSULATED: Verdict = { kind: 'decapsulated', policy: null, why: null };
const UNASKED: Verdict = { kind: 'unasked', policy: null, why: null };
const SEALED: Verdict = { kind: 'sealed', policy: null, why: null };
const FORGED: Verdict = { kind: 'mismatch', policy: null, why: 'its ICV is wrong' };
/** A fragment that does not show what a policy asks about must not slip by (RFC 4301 §7). */
const HIDDEN = { kind: 'sealed', policy: null, why: 'a fragment hides what policies ask' } as const;
const HIDDEN_LEAK = { ...HIDDEN, kind: 'leak' } as const;
