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
import { prefixKey } from '../../net/prefix.ts';

interface Shape {
  readonly localBits: number;
  readonly remoteBits: number;
  readonly anyProtocol: boolean;
  readonly anyLocalPort: boolean;
  readonly anyRemotePort: boolean;
  readonly anyDetail: boolean;
}

/** Of each selector that is added, a value is kept. */
export class SelectorIndex<T> {
  readonly #groups = new Map<string, { readonly shape: Shape; readonly cuts: Map<string, T> }>();

  /** Of two that pick the same packets, the first counts. */
  add(selector: Selector, value: T): void {
    const shape: Shape = {
      localBits: selector.localAddress.length,
      remoteBits: selector.remoteAddress.length,
      anyProtocol: selector.nextLayerProtocol === 'any',
      anyLocalPort: isAnyPort(selector.localPort),
      anyRemotePort: isAnyPort(selector.remotePort),
      anyDetail: detailOf(selector) === '',
    };
    const name = Object.values(shape).join();
    const group = this.#groups.get(name) ?? { shape, cuts: new Map<string, T>() };
    this.#groups.set(name, group);
    const key = cut(selector, shape);
    if (!group.cuts.has(key)) group.cuts.set(key, value);
  }

  /** The value of a selector, added before, that picks every packet that `selector` picks. */
  including(selector: Selector): T | undefined {
    for (const { shape, cuts } of this.#groups.values()) {
      if (
        selector.localAddress.length >= shape.localBits &&
        selector.remoteAddress.length >= shape.remoteBits
      ) {
        const found = cuts.get(cut(selector, shape));
        if (found !== undefined) return found;
      }
    }
    return undefined;
  }
}

/** What of `selector` counts in `shape`, as text. */
function cut(selector: Selector, shape: Shape): string {
  return [
    prefixKey({ address: selector.localAddress.address, length: shape.localBits }),
    prefixKey({ address: selector.remoteAddress.address, length: shape.remoteBits }),
    shape.anyProtocol ? '*' : selector.nextLayerProtocol,
    shape.anyLocalPort ? '*' : formatPortRange(selector.localPort),
    shape.anyRemotePort ? '*' : formatPortRange(selector.remotePort),
    shape.anyDetail ? '*' : detailOf(selector),
  ].join(' ');
}

/** Messages, a key or a label; empty where the selector asks for any. */
function detailOf(selector: Selector): string {
  const { securityContext: context } = selector;
  return `${formatSelectorDetail(selector)}${context === null ? '' : ` ${context.label}`}`;
}
