/**
 * The terminal view of `ipseal watch --top`: flows and SAs with their rates, and how these went in
 * the last seconds, as bars of eight heights.
 *
 *   ipseal watch: eth0          1234 packets/s   12.3 Mbit/s   99.9% protected   1 leak
 *
 *   flow                                     packets/s   Mbit/s  protected
 *   10.9.0.1 > 10.9.0.2 tcp                        610      6.2       100%  ▁▂▅█▇▇
 *
 * @module
 */
import { formatSpi } from '../ipsec/sa-parameters.ts';
import { formatIpAddress } from '../net/ip-address.ts';
import { ipProtocolName } from '../net/ip-protocol.ts';
import type { SeenSa } from './seen-sa.ts';
import type { Amount, Flow, Tally } from './tally.ts';

/** What is kept of something that is shown: how much there was when it was last looked at. */
interface History {
  packets: number;
  octets: number;
  /** Octets a second, the latest last. */
  readonly rates: number[];
}

/** What a row shows of something. */
interface Rates {
  readonly packets: number;
  readonly megabits: number;
  readonly bars: string;
}

/** Seconds that bars tell of. */
const MOST_BARS = 16;
const BARS = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
const MEGABIT = 1e6 / 8;
const NAME_WIDTH = 40;

/** The kinds of lines, for those who colour them. */
export type TopLine = {
  readonly kind: 'title' | 'heading' | 'good' | 'bad';
  readonly text: string;
};

export class TopView {
  readonly #title: string;
  readonly #histories = new WeakMap<object, History>();

  constructor(title: string) {
    this.#title = title;
  }

  /**
   * The lines that fit into `rows` rows of `columns` columns, `seconds` after the last time that they
   * were asked for.
   */
  lines(
    tally: Tally,
    sas: readonly SeenSa[],
    seconds: number,
    { rows, columns }: { readonly rows: number; readonly columns: number },
  ): readonly TopLine[] {
    const title = this.#titleLine(tally, seconds);
    const room = Math.max(0, rows - FRAME_ROWS);
    const saRoom = Math.min(sas.length, Math.ceil(room / 2));
    const flows = tally.flows.map((flow) => this.#flowLine(flow, seconds));
    const saLines = sas.map((sa) => this.#saLine(sa, seconds));
    const lines: TopLine[] = [
      title,
      heading(''),
      heading(`${'flow'.padEnd(NAME_WIDTH)} packets/s   Mbit/s  protected`),
      ...busiest(flows, room - saRoom),
      heading(''),
      heading(`${'SA'.padEnd(NAME_WIDTH)} packets/s   Mbit/s   ICV  lost`),
      ...busiest(saLines, saRoom),
      heading('q quits'),
    ];
    return lines.slice(0, rows).map(({ kind, text }) => ({ kind, text: text.slice(0, columns) }));
  }

  #titleLine(tally: Tally, seconds: number): TopLine {
    const { packets, megabits } = this.#ratesOf(tally, tally.all, seconds);
    const ip = tally.all.packets - tally.others.packets;
    const share = ip === 0 ? '' : `   ${percent(tally.protected.packets, ip)} protected`;
    const leaks = tally.byVerdict.leak.packets;
    const leakText = leaks === 0 ? '' : `   ${leaks} ${leaks === 1 ? 'leak' : 'leaks'}`;
    const rates = `${packets.toFixed(0)} packets/s   ${megabits.toFixed(1)} Mbit/s`;
    return {
      kind: leaks === 0 ? 'title' : 'bad',
      text: `${this.#title}   ${rates}${share}${leakText}`,
    };
  }

  #flowLine(flow: Flow, seconds: number): Row {
    const { source, destination, protocol, all, leaked } = flow;
    const rates = this.#ratesOf(flow, all, seconds);
    const name = `${formatIpAddress(source)} > ${formatIpAddress(destination)} ${ipProtocolName(protocol)}`;
    const share = percent(flow.protected.packets, all.packets).padStart(9);
    return {
      rate: rates.megabits,
      line: {
        kind: leaked.packets === 0 ? 'good' : 'bad',
        text: `${columnsOf(name, rates)}  ${share}  ${rates.bars}`,
      },
    };
  }

  #saLine(sa: SeenSa, seconds: number): Row {
    const { protocol, spi, destination } = sa.id;
    const rates = this.#ratesOf(sa, { packets: sa.packets, octets: sa.octets }, seconds);
    const { ok, bad } = sa.packetsByIcv;
    const icv = bad > 0 ? 'BAD' : ok > 0 ? 'ok' : '?';
    const lost = `${sa.track.missing}`.padStart(5);
    const name = `${protocol} ${formatSpi(spi)} to ${formatIpAddress(destination)}`;
    return {
      rate: rates.megabits,
      line: {
        kind: bad > 0 ? 'bad' : 'good',
        text: `${columnsOf(name, rates)}  ${icv.padStart(4)} ${lost}  ${rates.bars}`,
      },
    };
  }

  #ratesOf(thing: object, { packets, octets }: Amount, seconds: number): Rates {
    const known = this.#histories.get(thing);
    const history = known ?? { packets: 0, octets: 0, rates: [] };
    if (known === undefined) this.#histories.set(thing, history);
    const [morePackets, moreOctets] = [packets - history.packets, octets - history.octets];
    history.packets = packets;
    history.octets = octets;
    history.rates.push(moreOctets / seconds);
    if (history.rates.length > MOST_BARS) history.rates.shift();
    return {
      packets: morePackets / seconds,
      megabits: moreOctets / seconds / MEGABIT,
      bars: barsOf(history.rates),
    };
  }
}

interface Row {
  readonly rate: number;
  readonly line: TopLine;
}

/** Title, two headings, two blank lines, the last line. */
const FRAME_ROWS = 6;

function busiest(rows: readonly Row[], most: number): TopLine[] {
  return [...rows]
    .sort((a, b) => b.rate - a.rate)
    .slice(0, Math.max(0, most))
    .map(({ line }) => line);
}

function heading(text: string): TopLine {
  return { kind: 'heading', text };
}

function columnsOf(name: string, { packets, megabits }: Rates): string {
  const shown = name.length > NAME_WIDTH ? `${name.slice(0, NAME_WIDTH - 1)}…` : name;
  return `${shown.padEnd(NAME_WIDTH)} ${packets.toFixed(0).padStart(9)} ${megabits.toFixed(1).padStart(8)}`;
}

/** The highest rate has the highest bar. */
function barsOf(rates: readonly number[]): string {
  const most = Math.max(...rates);
  if (most === 0) return rates.map(() => BARS[0]).join('');
  return rates.map((rate) => BARS[Math.ceil((rate / most) * (BARS.length - 1))]).join('');
}

function percent(part: number, whole: number): string {
  if (whole === 0) return '';
  if (part === whole) return '100%';
  return `${Math.min(999, Math.round((part / whole) * 1000)) / 10}%`;
}
