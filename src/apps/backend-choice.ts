/**
 * Which backend a command works on: the kernel, or the userspace data plane of a running `ipseald`.
 *
 * @module
 */

import { KernelBackend } from '../io/xfrm/kernel-backend.ts';
import { kernelHasIpsec } from '../io/xfrm/kernel-ipsec.ts';
import type { Backend } from '../ipsec/backend.ts';
import { ControlClient } from './control/client.ts';
import { controlPath } from './control/path.ts';

/** What `--backend` takes. */
export const BACKEND_CHOICES = ['auto', 'kernel', 'userspace'] as const;
export type BackendChoice = (typeof BACKEND_CHOICES)[number];

/** Reads `--backend`'s value, or IPSEAL_BACKEND's; `auto` when neither is given. */
export function backendChoice(given: string | null | undefined): BackendChoice {
  const word = given || process.env['IPSEAL_BACKEND'] || 'auto';
  const choice = BACKEND_CHOICES.find((known) => known === word);
  if (choice !== undefined) return choice;
  throw new Error(`there is no backend "${word}": choose auto, kernel or userspace`);
}

/**
 * Opens a backend. `auto` is the kernel where it has ESP and AH, else a running `ipseald`; where
 * there is neither, throws an error that says what is missing and which command helps.
 */
export async function openBackend(choice: BackendChoice, control?: string): Promise<Backend> {
  switch (choice) {
    case 'kernel':
      return new KernelBackend();
    case 'userspace':
      return connectDaemon(controlPath(control), 'no ipseald is running');
    case 'auto': {
      const missing = kernelLacks();
      if (missing === null) return new KernelBackend();
      return connectDaemon(controlPath(control), `${missing}, and no ipseald is running`);
    }
  }
}

/** What the kernel lacks of IPsec, as a clause; `null` when it has what is needed. */
function kernelLacks(): string | null {
  const kernel = kernelHasIpsec();
  if (typeof kernel === 'string') return kernel;
  if (!kernel.esp && !kernel.ah) return 'this kernel has neither ESP nor AH';
  if (!kernel.esp) return 'this kernel has no ESP (CONFIG_INET_ESP)';
  return kernel.ah ? null : 'this kernel has no AH (CONFIG_INET_AH)';
}

async function connectDaemon(path: string, missing: string): Promise<Backend> {
  try {
    return await ControlClient.connect(path);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'EACCES' || code === 'EPERM') {
      throw new Error(`Cannot connect to ${path}: its owner alone may (try as root)`);
    }
    throw new Error(`${missing} (looked at ${path}): start one with "ipseald &"`);
  }
}
