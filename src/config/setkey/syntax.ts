/**
 * The syntax tree of a setkey file: its statements in its own words, with the place of each.
 *
 * Nothing here is judged. A word in the place of an SPI is kept as written; whether it is a number,
 * and a fitting one, is the compiler's concern.
 *
 * @module
 */
import type { Span } from '../source.ts';
import type { Word } from '../token.ts';

export type { Word };

/** A key as written: hexadecimal digits without `0x`, the inside of quotes, or neither. */
export interface Key {
  readonly form: 'hex' | 'quoted' | 'bare';
  readonly text: string;
  readonly span: Span;
}

/** `10.9.0.1` or `10.9.0.1[4500]`. */
export interface Host {
  readonly address: Word;
  readonly port: Word | null;
}

/** `-E aes-cbc 0x…` or `-A null`. */
export interface AlgorithmClause {
  readonly option: Word;
  readonly name: Word;
  readonly key: Key | null;
}

/** `-C deflate -R`. */
export interface CompressionClause {
  readonly option: Word;
  readonly name: Word;
  readonly raw: Word | null;
}

/** `-m transport`, `-lh 3600`. */
export interface Extension {
  readonly option: Word;
  readonly value: Word;
}

/** `-ctx 1 1 "system_u:object_r:ipsec_t:s0"`. */
export interface SecurityContextText {
  readonly option: Word;
  readonly doi: Word;
  readonly algorithm: Word;
  /** The inside of the quotes. */
  readonly label: Word;
}

/** `esp`, or `esp-udp 192.0.2.7` with the address that a NAT took away. */
export interface ProtocolText {
  readonly name: Word;
  readonly originalAddress: Word | null;
}

interface SaStatement {
  readonly span: Span;
  readonly flags: readonly Word[];
  readonly source: Host;
  readonly destination: Host;
  readonly protocol: ProtocolText;
  readonly spi: Word;
  readonly extensions: readonly Extension[];
  readonly securityContexts: readonly SecurityContextText[];
}

export interface AddStatement extends SaStatement {
  readonly kind: 'add';
  readonly encryption: AlgorithmClause | null;
  readonly integrity: AlgorithmClause | null;
  readonly compression: CompressionClause | null;
}

export interface SaReference extends SaStatement {
  readonly kind: 'get' | 'delete' | 'getspi';
}

export interface DeleteAllStatement {
  readonly kind: 'deleteall';
  readonly span: Span;
  readonly flags: readonly Word[];
  readonly source: Host;
  readonly destination: Host;
  readonly protocol: ProtocolText | null;
}

export interface SadStatement {
  readonly kind: 'flush' | 'dump';
  readonly span: Span;
  readonly protocol: ProtocolText | null;
}

/** `10.0.0.0/8[any]`. */
export interface Range {
  readonly span: Span;
  readonly address: Word;
  readonly prefixLength: Word | null;
  readonly port: Word | null;
}

/** Which packets: `10.9.0.1 10.9.0.2[5901] tcp`. */
export interface SelectorText {
  readonly flags: readonly Word[];
  readonly source: Range;
  readonly destination: Range;
  readonly upper: Word;
  /** ICMP type and code, or a GRE key. */
  readonly misc: Word | null;
  readonly securityContext: SecurityContextText | null;
}

export interface SpdStatement {
  readonly kind: 'spdadd' | 'spdupdate' | 'spddelete';
  readonly span: Span;
  readonly selector: SelectorText;
  readonly policy: PolicyText;
}

/** `prio 100`, `priority low - 5`. */
export interface PriorityText {
  readonly span: Span;
  readonly base: Word | null;
  readonly sign: '+' | '-';
  readonly offset: Word | null;
}

/** What follows `-P`. */
export interface PolicyText {
  readonly span: Span;
  readonly direction: Word;
  readonly priority: PriorityText | null;
  readonly action: Word | null;
  readonly rules: readonly Rule[];
}

/** `esp/tunnel/10.9.0.1-10.9.0.2/require`. */
export interface Rule {
  readonly span: Span;
  readonly protocol: Word;
  readonly mode: Word;
  readonly endpoints: Endpoints | null;
  readonly level: Word | null;
}

export interface Endpoints {
  readonly span: Span;
  readonly source: Host;
  readonly destination: Host;
}

/** `spdflush;`, `spddump;`. */
export interface SpdTableStatement {
  readonly kind: 'spdflush' | 'spddump';
  readonly span: Span;
}

export type Statement =
  | AddStatement
  | SaReference
  | DeleteAllStatement
  | SadStatement
  | SpdStatement
  | SpdTableStatement;
