/**
 * Selectors, indexed so that one that includes another is found without trying them all.
 *
 * Selectors are grouped by shape: how many bits of each address count, and whether protocol,
 * ports and messages do. A file has few shapes; within one, a selector that includes another is found by cutting
 * the other down to the shape.
 *
 * @module
 */
import { formatSelectorDetail, type Selector } from '../../ipsec/selector.ts';
import { formatPortRange, isAnyPort } from '../../net/port-range.ts';
import type { Prefix } from '../../net/prefix.ts';

interface Shape {
  readonly localBits: number;
  readonly remoteBits: number;
  readonly anyProtocol: boolean;
  readonly anyLocalPort: boolean;
  readonly anyRemotePort: boolean;
  readonly anyDetail: boolean;
}

export class SelectorIndex {
  readonly #groups = new Map<string, { readonly shape: Shape; readonly cuts: Set<string> }>();

  add(selector: Selector): void {
    const shape: Shape = {
      localBits: selector.localAddress.length,
      remoteBits: selector.remoteAddress.length,
      anyProtocol: selector.nextLayerProtocol === 'any',
      anyLocalPort: isAnyPort(selector.localPort),
      anyRemotePort: isAnyPort(selector.remotePort),
      anyDetail: detailOf(selector) === '',
    };
    const name = Object.values(shape).join();
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
    cutPrefix(selector.localAddress, shape.localBits),
    cutPrefix(selector.remoteAddress, shape.remoteBits),
    shape.anyProtocol ? '*' : selector.nextLayerProtocol,
    shape.anyLocalPort ? '*' : formatPortRange(selector.localPort),
    shape.anyRemotePort ? '*' : formatPortRange(selector.remotePort),
    shape.anyDetail ? '*' : detailOf(selector),
  ].join(' ');
}

/** Messages, a key or a label, where the selector asks for any. */
function detailOf(selector: Selector): string {
  const { securityContext: context } = selector;
  return `${formatSelectorDetail(selector)}${context === null ? '' : ` ${context.label}`}`;
}

/** The first `bits` bits of an address, the others zero. */
function cutPrefix({ address }: Prefix, bits: number): string {
  const octets = Array.from(address.octets, (octet, at) => {
    const counting = Math.min(8, Math.max(0, bits - at * 8));
    return octet & (0xff00 >> counting);
  });
  return octets.join('.');
}
