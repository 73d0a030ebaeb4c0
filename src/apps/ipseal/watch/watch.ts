/**
 * `ipseal watch`: what is on the wire, or in a capture file.
 *
 *   source ─► filter ─┬─► annotate ─► text ─► standard output
 *                     └─► writer (-w)
 *
 * @module
 */
import { CaptureFile } from '../../../io/capture-file.ts';
import type { CaptureSource } from '../../../io/capture-source.ts';
import { dissectCaptured } from '../../../monitor/dissect.ts';
import { type Annotate, observe } from '../../../monitor/observation.ts';
import { UsageError } from '../../getopt.ts';
import { version } from '../../version.ts';
import { announce, tally } from './counts.ts';
import { interfaceLines, openSource } from './open-source.ts';
import { parseCommand, USAGE, type WatchCommand } from './options.ts';
import { packetText } from './packet-text.ts';
import { PrintSink, type Sink, WriteSink } from './sink.ts';

/** Runs the verb on the words after it; resolves with the exit status. */
export async function watch(words: readonly string[]): Promise<number> {
  try {
    return await perform(parseCommand(words));
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    process.stderr.write(`ipseal watch: ${message}\n`);
    if (error instanceof UsageError) process.stderr.write('see ipseal watch --help\n');
    return 1;
  }
}

async function perform(command: WatchCommand): Promise<number> {
  switch (command.task) {
    case 'help':
      process.stdout.write(USAGE);
      return 0;
    case 'version':
      process.stdout.write(`ipseal ${version()}\n`);
      return 0;
    case 'list':
      process.stdout.write(await interfaceLines());
      return 0;
    case 'watch':
      return watchSource(command, await openSource(command), observe);
  }
}

/** Takes the packets of `source` to their sink. Returns the exit status. */
async function watchSource(
  command: WatchCommand,
  source: CaptureSource,
  annotate: Annotate,
): Promise<number> {
  const sink = await sinkFor(command, source, annotate);
  const stop = () => source.stop();
  process.once('SIGINT', stop).once('SIGTERM', stop).once('SIGPIPE', stop);
  announce(source, command);
  let taken = 0;
  try {
    for await (const packets of source.batches()) {
      for (const packet of packets) {
        sink.take(packet);
        taken += 1;
        if (taken === command.count) break;
      }
      await sink.flush();
      if (taken === command.count || sink.closed) break;
    }
  } finally {
    process.off('SIGINT', stop).off('SIGTERM', stop).off('SIGPIPE', stop);
    await sink.close();
    tally(source, taken);
    source.close();
  }
  return source instanceof CaptureFile && source.fault !== null ? 1 : 0;
}

async function sinkFor(
  command: WatchCommand,
  source: CaptureSource,
  annotate: Annotate,
): Promise<Sink> {
  if (command.write !== null) {
    return new WriteSink(command.write, source.linkType, command.snapLength);
  }
  const text = packetText(command, await interfaceNames(command));
  return new PrintSink(process.stdout, (packet) =>
    text(packet, annotate(packet, dissectCaptured(packet))),
  );
}

/** What interfaces are called; those of a file may be another host's, and have no names here. */
async function interfaceNames({ source }: WatchCommand): Promise<(index: number) => string | null> {
  if (source.kind === 'file') return () => null;
  const { interfaceName } = await import('../../../io/network-interfaces.ts');
  const known = new Map<number, string | null>();
  return (index) => {
    let name = known.get(index);
    if (name === undefined) {
      name = interfaceName(index);
      known.set(index, name);
    }
    return name;
  };
}
