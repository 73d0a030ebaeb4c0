/**
 * Opens what `-r` or `-i` asks for.
 *
 * @module
 */
import { CaptureFile } from '../../../io/capture-file.ts';
import type { CaptureSource } from '../../../io/capture-source.ts';
import type { NetworkInterface } from '../../../io/network-interfaces.ts';
import { cannotOpen } from '../../file-trouble.ts';
import type { PacketFilter } from './filter.ts';
import type { WatchCommand } from './options.ts';

/** The interfaces of this host, all at once. */
export const ANY = 'any';

/** The source that a command names, for what passes `filter`. Throws where it cannot be opened. */
export async function openSource(
  { source, snapLength }: WatchCommand,
  filter: PacketFilter,
): Promise<CaptureSource> {
  if (source.kind === 'file') return captureFile(source.path);
  // What speaks to the kernel is loaded only when there is something to say.
  const { PacketRing } = await import('../../../io/packet-ring.ts');
  const device = source.device === ANY ? null : await deviceNamed(source.device);
  return new PacketRing({
    ...source,
    device,
    snapLength,
    filterFor: (linkType) => filter.forKernel(linkType),
  });
}

function captureFile(path: string): CaptureFile {
  try {
    return new CaptureFile(path);
  } catch (error) {
    throw cannotOpen(path, error);
  }
}

async function deviceNamed(name: string | null): Promise<NetworkInterface> {
  const { ARPHRD, networkInterface, networkInterfaces } = await import(
    '../../../io/network-interfaces.ts'
  );
  if (name !== null) {
    const found = networkInterface(name);
    if (found !== null) return found;
    const names = networkInterfaces().map((each) => each.name);
    throw new Error(`there is no interface ${name}; there are ${[...names, ANY].join(', ')}`);
  }
  const running = networkInterfaces().filter((each) => each.running);
  const first = running.find((each) => each.hardwareType !== ARPHRD.LOOPBACK) ?? running[0];
  if (first === undefined) throw new Error('no interface is up');
  return first;
}

/** A line for each interface. */
export async function interfaceLines(): Promise<string> {
  const { networkInterfaces } = await import('../../../io/network-interfaces.ts');
  const lines = networkInterfaces().map(
    ({ index, name, running }) => `${index}.${name}${running ? ' [Up, Running]' : ''}\n`,
  );
  return `${lines.join('')}${ANY} (all of them)\n`;
}
