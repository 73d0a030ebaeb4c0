/**
 * Starting IKE where the SAs are to be: beside the kernel, or as the whole of an ipseald, for IKE runs in
 * the process that has the data plane.
 *
 *     kernel      backend: netlink           ports: sockets, past the kernel's policies
 *     userspace   backend: control socket    ports: of the data plane, past the guard's rules
 *
 * @module
 */
import type { TakeMessage } from '../../ike/ports.ts';
import { UdpPorts } from '../../io/ike/udp-ports.ts';
import { exemptFromKernel } from '../../io/xfrm/socket-exemption.ts';
import type { Backend } from '../../ipsec/backend.ts';
import type { BackendChoice } from '../backend-choice.ts';
import { controlPath } from '../control/path.ts';
import { isListening } from '../control/server.ts';
import { Userspace } from '../ipseald/userspace.ts';
import { kernelLacks, openKernel } from '../open-backend.ts';
import { IkeService, type IkeServiceParts } from './service.ts';

export interface IkeStart extends Omit<IkeServiceParts, 'backend' | 'openPorts'> {
  readonly backend: BackendChoice;
  /** The control socket of an ipseald; `undefined` is where it usually is. */
  readonly control: string | undefined;
}

/** IKE, with what it was started with. */
export interface RunningIke {
  readonly kind: 'kernel' | 'userspace';
  readonly backend: Backend;
  readonly service: IkeService;
  /** Rejects when it cannot go on; resolves in the end. */
  readonly ended: Promise<void>;
  /** Says goodbye to the peers, and ends all that was started. */
  stop(): Promise<void>;
}

/**
 * Starts IKE. Under `auto` it is beside the kernel where that has ESP and AH. Rejects when that cannot be
 * done, with what to do in its place.
 */
export async function startIke(start: IkeStart): Promise<RunningIke> {
  const isKernel =
    start.backend === 'kernel' || (start.backend === 'auto' && (await kernelLacks()) === null);
  return isKernel ? await besideKernel(start) : await asUserspace(start);
}

async function besideKernel(start: IkeStart): Promise<RunningIke> {
  const backend = await openKernel();
  try {
    const openPorts = (take: TakeMessage) => new UdpPorts(exemptFromKernel, take);
    const service = await IkeService.start({ ...start, backend, openPorts });
    const stop = async () => {
      await service.stop();
      await backend.close();
    };
    return { kind: 'kernel', backend, service, ended: service.ended, stop };
  } catch (error) {
    await backend.close();
    throw error;
  }
}

async function asUserspace(start: IkeStart): Promise<RunningIke> {
  const path = controlPath(start.control);
  if (await isListening(path)) {
    throw new Error(
      `Cannot start the userspace data plane: an ipseald runs already (at ${path}), and IKE has to be in ` +
        'one process with the data plane: stop that one, and this is one in its place',
    );
  }
  // IKE keeps the mappings of NATs itself, beside either backend.
  const { complain } = start;
  const userspace = await Userspace.start(path, { keepaliveMs: 0, complain });
  const { plane, backend } = userspace;
  try {
    const openPorts = (take: TakeMessage) => plane.ikePorts(take);
    const service = await IkeService.start({ ...start, backend, openPorts });
    const stop = async () => {
      await service.stop();
      await userspace.stop();
    };
    const ended = Promise.race([service.ended, plane.ended]);
    ended.catch(() => undefined);
    return { kind: 'userspace', backend, service, ended, stop };
  } catch (error) {
    await userspace.stop();
    throw error;
  }
}
