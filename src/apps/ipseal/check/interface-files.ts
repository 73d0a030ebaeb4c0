/**
 * Which interface of the network scripts a file belongs to, and which files lie beside it.
 *
 * @module
 */
import { filesOf } from '../../../config/ifcfg/read.ts';

export interface InterfacePaths {
  /** Of the interface: `ipsec0`. */
  readonly name: string;
  /** Where its files would be, in the order in which they are read. */
  readonly paths: readonly string[];
  /** The one of {@link paths} that says what the interface is. */
  readonly own: string;
}

/**
 * The interface of the `ifcfg-NAME` or `keys-NAME` at `path`. What stands before these words in the name of
 * one file stands before those of the others: `alice.ifcfg-ipsec0`.
 */
export function interfaceOf(path: string): InterfacePaths {
  const [, before = '', name = ''] = FILE_NAME.exec(path) ?? [];
  return {
    name,
    paths: filesOf(name).map((file) => `${before}${file}`),
    own: `${before}ifcfg-${name}`,
  };
}

const FILE_NAME = /^((?:.*[/.])?)(?:ifcfg|keys)-([^/]*)$/s;
