/**
 * `ipseal watch --top`: the screen, drawn anew once a second, until q or Ctrl-C.
 *
 * @module
 */
import type { WriteStream } from 'node:tty';
import { type TopLine, TopView } from '../../../monitor/top-view.ts';
import type { CapturedPacket } from '../../../wire/captured-packet.ts';
import { colours } from '../../colours.ts';
import type { Knowledge } from './knowledge.ts';
import type { LayersOf } from './layers-of.ts';
import type { Sink } from './sink.ts';

const INTERVAL_MS = 1000;
/** Where nobody says how large the screen is. */
const USUAL_SCREEN = { rows: 24, columns: 80 };

const ALTERNATE_SCREEN = '\x1b[?1049h\x1b[?25l';
const USUAL_SCREEN_AGAIN = '\x1b[?25h\x1b[?1049l';
/** In raw mode Ctrl-C is a character like others. */
const QUITTING = ['q', 'Q', '\x03'];
const HOME = '\x1b[H';
const TO_END_OF_LINE = '\x1b[K';
const TO_END_OF_SCREEN = '\x1b[J';

const COLOURS: Readonly<Record<TopLine['kind'], (text: string) => string>> = {
  title: colours.bold,
  heading: colours.dim,
  good: (text) => text,
  bad: colours.red,
};

/** Counts packets, and shows what is counted. */
export class TopSink implements Sink {
  closed = false;
  readonly #knowledge: Knowledge;
  readonly #screen: WriteStream;
  readonly #layers: LayersOf;
  readonly #view: TopView;
  readonly #timer: NodeJS.Timeout;
  #drawnAt = performance.now();

  /** Shows packets of `name` on `screen`. */
  constructor(knowledge: Knowledge, name: string, layers: LayersOf, screen: WriteStream) {
    this.#layers = layers;
    this.#knowledge = knowledge;
    this.#screen = screen;
    this.#view = new TopView(`ipseal watch: ${name}`);
    if (screen.isTTY) screen.write(ALTERNATE_SCREEN);
    const { stdin } = process;
    if (stdin.isTTY) stdin.setRawMode(true).on('data', this.#key).resume();
    this.#timer = setInterval(() => this.#draw(), INTERVAL_MS);
  }

  take(packet: CapturedPacket): void {
    this.#knowledge.watcher.judge(this.#layers(packet));
  }

  /** Lets the clock and the keyboard have their turn. */
  flush(): Promise<void> {
    return new Promise((resolve) => {
      setImmediate(resolve);
    });
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    const { stdin } = process;
    if (stdin.isTTY) stdin.off('data', this.#key).setRawMode(false).pause();
    this.#draw();
    if (this.#screen.isTTY) this.#screen.write(USUAL_SCREEN_AGAIN);
  }

  readonly #key = (octets: Buffer): void => {
    const typed = octets.toString();
    if (!QUITTING.some((character) => typed.includes(character))) return;
    this.closed = true;
    process.emit('SIGINT', 'SIGINT');
  };

  #draw(): void {
    const now = performance.now();
    const seconds = (now - this.#drawnAt) / 1000;
    this.#drawnAt = now;
    // A terminal that nobody told its size says zero.
    const rows = this.#screen.rows || USUAL_SCREEN.rows;
    const columns = this.#screen.columns || USUAL_SCREEN.columns;
    const { tally, sas } = this.#knowledge;
    const lines = this.#view.lines(tally, sas.seen, seconds, { rows, columns });
    const drawn = lines.map(({ kind, text }) => COLOURS[kind](text));
    this.#screen.write(
      this.#screen.isTTY
        ? `${HOME}${drawn.join(`${TO_END_OF_LINE}\n`)}${TO_END_OF_LINE}${TO_END_OF_SCREEN}`
        : `${drawn.join('\n')}\n\n`,
    );
  }
}
