/**
 * The wire for people: a packet header by header, and what protection leaves of the link.
 *
 * @module
 */
import { ahLength, widerAhLength } from '../../../ipsec/ah-transform.ts';
import type { Wire } from '../../../ipsec/explanation/departure.ts';
import type { Rules } from '../../../ipsec/explanation/explain.ts';
import type { Layer } from '../../../ipsec/explanation/layers.ts';
import type { WirePart } from '../../../ipsec/explanation/wire-form.ts';
import { IPV6_LEAST_MTU } from '../../../wire/ipv6.ts';
import { formatTable } from '../status/table.ts';

/** `wire` in lines; `layers` are those that it shows. */
export function wireLines(wire: Wire, layers: readonly Layer[], rules: Rules): string[] {
  const { forms, room } = wire;
  const [first] = forms;
  if (first === undefined) return [];
  const header = ['', ...forms.map(({ plainLength }) => `of ${plainLength}`), ''];
  const rows = first.parts.map((part, k) => [
    part.name,
    ...forms.map(({ parts }) => `${parts[k]?.octets ?? 0}`),
    remark(part),
  ]);
  const total = ['on the wire', ...forms.map(({ length }) => `${length}`), 'octets'];
  const numbers = new Set(forms.map((_, k) => k + 1));
  return [
    '  on the wire, from the outside in:',
    ...formatTable([header, ...rows, total], numbers).map((line) => `  ${line}`),
    ...roomLines(wire),
    ...(room.mtu === 0 ? ['  nothing fits into that link'] : []),
    ...alignmentLines(layers, rules),
  ];
}

function remark({ hidden, note }: WirePart): string {
  return [hidden ? 'enciphered' : null, note].filter((text) => text !== null).join(', ');
}

function roomLines({ room, forms }: Wire): string[] {
  const largest = forms.at(-1);
  if (largest === undefined || room.mtu === 0) return [];
  const { linkMtu, mtu, mss } = room;
  const overhead = largest.length - largest.plainLength;
  const share = ((100 * overhead) / largest.length).toFixed(1);
  const lines = [
    `  a link of ${linkMtu} octets has room for packets of ${mtu} (MTU), TCP payload of ${mss} (MSS)`,
    `  overhead: ${overhead} octets of ${largest.length}, ${share}%`,
  ];
  if (mtu < IPV6_LEAST_MTU && largest.parts.some(({ name }) => name === 'IPv6 header')) {
    lines.push(`  IPv6 needs ${IPV6_LEAST_MTU}: larger packets go in fragments`);
  }
  return lines;
}

/** Whether an SA was added with `align4` Linux does not tell those who ask for its SAD. */
function alignmentLines(layers: readonly Layer[], rules: Rules): string[] {
  if (rules === 'userspace') return [];
  return layers.flatMap(({ sa }) => {
    if (sa === null || sa.parameters.protocol !== 'ah') return [];
    if (sa.parameters.destination.version === 6) return [];
    const [length, wider] = [ahLength(sa.parameters), widerAhLength(sa.parameters)];
    if (length === wider) return [];
    return [`  AH is of ${wider} octets where the SA was not added with the flag align4`];
  });
}
