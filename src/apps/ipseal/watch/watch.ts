/**
 * `ipseal watch`: what is on the wire, or in a capture file.
 *
 *   source ─► filter ─┬─► annotate ─► text ─► standard output
 *                     └─► writer (-w)
 *
 * @module
 */
import type { CaptureSource } from '../../../io/capture-source.ts';
import { dissectCaptured } from '../../../monitor/dissect.ts';
import { type Annotate, observe } from '../../../monitor/observation.ts';
import type { CapturedPacket } from '../../../wire/captured-packet.ts';
import { UsageError } from '../../getopt.ts';
import { version } from '../../version.ts';
import { openSource } from './open-source.ts';
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
      return 0;
    case 'watch':
      return watchSource(command, openSource(command), observe);
  }
}

/** Takes the packets of `source` to their sink. Returns the exit status. */
async function watchSource(
  command: WatchCommand,
  source: CaptureSource,
  annotate: Annotate,
): Promise<number> {
  const sink = sinkFor(command, annotate);
  const stop = () => source.stop();
  process.once('SIGINT', stop).once('SIGTERM', stop);
  try {
    let left = command.count;
    for await (const packets of source.batches()) {
      for (const packet of packets) {
        sink.take(packet);
        left -= 1;
        if (left === 0) break;
      }
      await sink.flush();
      if (left === 0 || sink.closed) break;
    }
  } finally {
    process.off('SIGINT', stop).off('SIGTERM', stop);
    await sink.close();
    source.close();
  }
  return 0;
}

function sinkFor(command: WatchCommand, annotate: Annotate): Sink {
  if (command.write !== null) return new WriteSink(command.write, command.snapLength);
  const text = packetText(command, () => null);
  return new PrintSink(process.stdout, (packet: CapturedPacket) =>
    text(packet, annotate(packet, dissectCaptured(packet))),
  );
}
