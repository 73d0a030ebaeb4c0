/**
 * Opening a backend: the kernel, or the userspace data plane of a running `ipseald`. The code of
 * each is loaded when it is wanted.
 *
 * @module
 */
import type { Backend } from '../ipsec/backend.ts';
import type { BackendChoice } from './backend-choice.ts';
import { controlPath } from './control/path.ts';

/** A backend, and which of both it is. */
export interface OpenBackend {
  readonly kind: 'kernel' | 'userspace';
  readonly backend: Backend;
}

/**
 * Opens a backend. `auto` is the kernel where it has ESP and AH, else a running `ipseald`; where
 * there is neither, throws an error that says what is missing and which command helps.
 */
export async function openBackend(choice: BackendChoice, control?: string): Promise<Backend> {
  return (await openEither(choice, control)).backend;
}

/** As {@link openBackend}; tells which it became. */
export async function openEither(choice: BackendChoice, control?: string): Promise<OpenBackend> {
  const missing = choice === 'auto' ? await kernelLacks() : null;
  if (choice === 'kernel' || (choice === 'auto' && missing === null)) {
    return { kind: 'kernel', backend: await openKernel() };
  }
  const absent = 'no ipseald is running';
  const why = missing === null ? absent : `${missing}, and ${absent}`;
  return { kind: 'userspace', backend: await connectDaemon(controlPath(control), why) };
}

/** Opens the kernel, whatever it has. */
export async function openKernel(): Promise<Backend> {
  const { KernelBackend } = await import('../io/xfrm/kernel-backend.ts');
  return new KernelBackend();
}

/** What the kernel lacks of IPsec, as a clause; `null` when it has what is needed. */
export async function kernelLacks(): Promise<string | null> {
  const { kernelHasIpsec } = await import('../io/xfrm/kernel-ipsec.ts');
  const kernel = kernelHasIpsec();
  if (typeof kernel === 'string') return kernel;
  if (!kernel.esp && !kernel.ah) return 'this kernel has neither ESP nor AH';
  if (!kernel.esp) return 'this kernel has no ESP (CONFIG_INET_ESP)';
  return kernel.ah ? null : 'this kernel has no AH (CONFIG_INET_AH)';
}

async function connectDaemon(path: string, missing: string): Promise<Backend> {
  const { ControlClient } = await import('./control/client.ts');
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
