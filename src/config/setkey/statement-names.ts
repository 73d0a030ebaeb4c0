/**
 * The names that the statements of a setkey file begin with.
 *
 * @module
 */

export const STATEMENT_NAMES: readonly string[] = [
  'add',
  'get',
  'getspi',
  'delete',
  'deleteall',
  'flush',
  'dump',
  'spdadd',
  'spdupdate',
  'spddelete',
  'spdflush',
  'spddump',
  'exit',
  'quit',
  'bye',
];
