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
import type { Layer } from '../../../monitor/layer.ts';
import { observe } from '../../../monitor/observation.ts';
import { formatSummary } from '../../../monitor/summary.ts';
import type { CapturedPacket } from '../../../wire/captured-packet.ts';
import { readOctets } from '../../file-trouble.ts';
import { UsageError } from '../../getopt.ts';
import { version } from '../../version.ts';
import { complain } from '../complain.ts';
import { announce, tally } from './counts.ts';
import { FilterError, openFilter } from './filter.ts';
import { isInformed, Knowledge, LEAK_STATUS } from './knowledge.ts';
import type { LayersOf } from './layers-of.ts';
import { interfaceLines, openSource } from './open-source.ts';
import { parseCommand, USAGE, type WatchCommand } from './options.ts';
import { packetWriter, type WritePacket } from './packet-text.ts';
import { type Print, PrintSink, type Sink, WriteSink } from './sink.ts';
import { TopSink } from './top.ts';
import { keysOf, writeKeys } from './write-keys.ts';

/** Runs the verb on the words after it; resolves with the exit status. */
export async function watch(words: readonly string[]): Promise<number> {
  try {
    return await perform(parseCommand(words));
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    if (error instanceof FilterError) process.stderr.write(`${message}\n`);
    else complain(message);
    if (!(error instanceof UsageError)) return 1;
    process.stderr.write('see ipseal watch --help\n');
    return 2;
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
    case 'write-keys':
      writeKeys(await keysOf(command.knowledge), command.keyFile);
      return 0;
    case 'watch':
      return isInformed(command) ? watchInformed(command) : watchPlain(command);
  }
}

/** What can be seen from outside. Returns the exit status. */
function watchPlain(command: WatchCommand): Promise<number> {
  return watchPackets(command, (source, layers) =>
    sinkFor(
      command,
      source,
      (write) => (out, packet) => write(out, packet, observe(layers(packet))),
    ),
  );
}

/** With keys and policies. Returns the exit status. */
async function watchInformed(command: WatchCommand): Promise<number> {
  const knowledge = await Knowledge.from(command.knowledge);
  try {
    const status = await watchPackets(command, async (source, layers) =>
      command.top
        ? new TopSink(knowledge, source.name, layers, process.stdout)
        : sinkFor(command, source, (write) => knowledge.printing(write, layers, command.leaks)),
    );
    const summary = knowledge.summary();
    if (command.json) process.stdout.write(`${JSON.stringify(summary)}\n`);
    else process.stderr.write(formatSummary(summary));
    const leaked = (summary.verdicts?.leak.packets ?? 0) > 0;
    return command.leaks && leaked ? LEAK_STATUS : status;
  } finally {
    await knowledge.close();
  }
}

/** Takes packets from where they come to the sink that `sinkOf` makes. Returns the exit status. */
async function watchPackets(
  command: WatchCommand,
  sinkOf: (source: CaptureSource, layers: LayersOf) => Promise<Sink>,
): Promise<number> {
  const filter = await openFilter(filterText(command), command.snapLength);
  const source = await openSource(command, filter);
  const layers = rememberingLast(dissectCaptured);
  const sink = await sinkOf(source, layers);
  return pump(command, source, sink, (packet) => filter.passes(packet, layers));
}

/** Takes the packets of `source` that are `wanted` to `sink`. Returns the exit status. */
async function pump(
  command: WatchCommand,
  source: CaptureSource,
  sink: Sink,
  wanted: (packet: CapturedPacket) => boolean,
): Promise<number> {
  const stop = () => source.stop();
  process.once('SIGINT', stop).once('SIGTERM', stop).once('SIGPIPE', stop);
  announce(source, command);
  let taken = 0;
  try {
    for await (const packets of source.batches()) {
      for (const packet of packets) {
        if (!wanted(packet)) continue;
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
  printing: (write: WritePacket) => Print,
): Promise<Sink> {
  if (command.write !== null) {
    return new WriteSink(command.write, source.linkType, command.snapLength);
  }
  const write = packetWriter(command, await interfaceNames(command));
  return new PrintSink(process.stdout, printing(write));
}

/** The expression, wherever it stands. */
function filterText({ filter, filterFile }: WatchCommand): string {
  if (filterFile === null) return filter;
  return readOctets(filterFile === '-' ? 0 : filterFile)
    .toString('utf8')
    .trimEnd();
}

/** As `find`, which is not asked again about the packet that it was asked about last. */
function rememberingLast(find: LayersOf): LayersOf {
  let last: CapturedPacket | null = null;
  let found: Layer | null = null;
  return (packet) => {
    if (found === null || packet !== last) {
      found = find(packet);
      last = packet;
    }
    return found;
  };
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
