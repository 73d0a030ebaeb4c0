/**
 * What figures were measured with.
 *
 * @module
 */
import { spawnSync } from 'node:child_process';
import os from 'node:os';
import { loadMultiBuffer } from '../../dist/io/ipsec-mb/bindings.js';

/** This machine, and what ipseal runs on. */
export function machine() {
  return {
    processor: os.cpus()[0]?.model ?? 'unknown',
    processors: os.availableParallelism(),
    kernel: os.release(),
    node: process.version,
    openssl: process.versions.openssl,
    multiBuffer: loadMultiBuffer()?.version ?? null,
    /** Over the last minute, before anything was measured. */
    load: os.loadavg()[0],
  };
}

/** The versions of those of `schemes` that come in a Debian package, by name. */
export function versions(schemes) {
  const found = Object.entries(schemes).flatMap(([name, { PACKAGE }]) => {
    if (PACKAGE === undefined) return [];
    const { stdout } = spawnSync('dpkg-query', ['-s', PACKAGE], { encoding: 'utf8' });
    // Without Debian's epoch and revision.
    const version = /^Version: (?:\d+:)?(.+?)(?:-[^-]*)?$/m.exec(stdout ?? '')?.[1];
    return version === undefined ? [] : [[name, version]];
  });
  return Object.fromEntries(found);
}
