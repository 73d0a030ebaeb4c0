/**
 * Selectors, indexed so that one that includes another is found without trying them all.
 *
 * Selectors are grouped by shape: how many bits of each address count, whether protocol and messages
 * do, and which ranges of ports they are for, if not for one. A file has few shapes; within one, a
 * selector that includes another is found by cutting the other down to the shape.
 *
 * @module
 */

import type { PortRange } from '../net/port-range.ts';
import { prefixKey } from '../net/prefix.ts';
import { formatSelectorDetail, type Selector } from './selector.ts';

interface Shape {
  readonly localBits: number;
  readonly remoteBits: number;
  readonly anyProtocol: boolean;
  /** `null` where one port counts. */
  readonly localPorts: PortRange | null;
  readonly remotePorts: PortRange | null;
  readonly anyDetail: boolean;
}

export class SelectorIndex {
  readonly #groups = new Map<string, { readonly shape: Shape; readonly cuts: Set<string> }>();

  add(selector: Selector): void {
    const shape: Shape = {
      localBits: selector.localAddress.length,
      remoteBits: selector.remoteAddress.length,
      anyProtocol: selector.nextLayerProtocol === 'any',
      localPorts: severalOf(selector.localPort),
      remotePorts: severalOf(selector.remotePort),
      anyDetail: detailOf(selector) === '',
    };
    const name = JSON.stringify(shape);
    const group = this.#groups.get(name) ?? { shape, cuts: new Set() };
    this.#groups.set(name, group);
    group.cuts.add(cut(selector, shape));
  }

  /** Whether every packet that `selector` picks is picked by a selector added before. */
  includes(selector: Selector): boolean {
    for (const { shape, cuts } of this.#groups.values()) {
      if (
        selector.localAddress.length >= shape.localBits &&
        selector.remoteAddress.length >= shape.remoteBits &&
        within(selector.localPort, shape.localPorts) &&
        within(selector.remotePort, shape.remotePorts) &&
        cuts.has(cut(selector, shape))
      ) {
        return true;
      }
    }
    return false;
  }
}

/** What of `selector` counts in `shape`, as text. */
function cut(selector: Selector, shape: Shape): string {
  return [
    prefixKey({ address: selector.localAddress.address, length: shape.localBits }),
    prefixKey({ address: selector.remoteAddress.address, length: shape.remoteBits }),
    shape.anyProtocol ? '*' : selector.nextLayerProtocol,
    shape.localPorts === null ? selector.localPort.first : '*',
    shape.remotePorts === null ? selector.remotePort.first : '*',
    shape.anyDetail ? '*' : detailOf(selector),
  ].join(' ');
}

function severalOf(range: PortRange): PortRange | null {
  return range.first === range.last ? null : range;
}

/** Whether `range` has no port outside `ports`, or is one port where `ports` is `null`. */
function within(range: PortRange, ports: PortRange | null): boolean {
  if (ports === null) return range.first === range.last;
  return range.first >= ports.first && range.last <= ports.last;
}

/** Messages, a key or a label; empty where the selector asks for any. */
function detailOf(selector: Selector): string {
  const { securityContext: context } = selector;
  return `${formatSelectorDetail(selector)}${context === null ? '' : ` ${context.label}`}`;
}
