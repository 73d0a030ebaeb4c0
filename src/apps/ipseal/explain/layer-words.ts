/**
 * A layer for people: the SA that serves it, or why there is none.
 *
 * @module
 */
import type { Layer, NearSa, SaDifference } from '../../../ipsec/explanation/layers.ts';
import type { SaRecord } from '../../../ipsec/record.ts';
import { authenticates, formatSpi } from '../../../ipsec/sa-parameters.ts';
import { formatIpAddress } from '../../../net/ip-address.ts';

/** `layer` in lines. */
export function layerLines(layer: Layer): string[] {
  const { template, source, destination, sa, nearest } = layer;
  const { protocol, mode, level, reqid } = template;
  const number = reqid === 0 ? '' : ` reqid ${reqid}`;
  const ends = `${formatIpAddress(source)} to ${formatIpAddress(destination)}`;
  const wanted = `  ${protocol}/${mode}/${level}${number}, ${ends}`;
  if (sa !== null) return [`${wanted}: ${describe(sa)}${faultOf(layer)}`];
  const without = level === 'use' ? 'no SA, so it goes without' : 'no SA';
  return [`${wanted}: ${without}`, ...nearest.map((near) => nearLine(near, layer))];
}

/** `SA 0x00000201, aes-cbc, hmac-sha256, mature` */
function describe({ parameters, state }: SaRecord): string {
  const { spi, encryption, integrity, compression, reqid } = parameters;
  const algorithms = [
    encryption?.algorithm.name,
    authenticates(integrity) ? integrity.algorithm.name : undefined,
    compression?.name,
  ].filter((name) => name !== undefined);
  const number = reqid === 0 ? [] : [`reqid ${reqid}`];
  return [`SA ${formatSpi(spi)}`, ...algorithms, ...number, state].join(', ');
}

function faultOf({ fault }: Layer): string {
  switch (fault) {
    case 'dead':
      return '; past its hard lifetime: add a new one';
    case 'used-up':
      return '; no sequence number is left: add a new one';
    case null:
      return '';
  }
}

function nearLine({ record, differs }: NearSa, layer: Layer): string {
  const { protocol, spi } = record.parameters;
  const how = differs.map((part) => differenceText(part, record, layer)).join(', and ');
  return `    there is ${protocol} ${formatSpi(spi)}, but ${how}`;
}

function differenceText(part: SaDifference, { parameters }: SaRecord, layer: Layer): string {
  const { template, source, destination } = layer;
  switch (part) {
    case 'protocol':
      return `it is ${parameters.protocol}, not ${template.protocol}`;
    case 'mode':
      return `its mode is ${parameters.mode}, not ${template.mode}`;
    case 'reqid':
      return `its reqid is ${parameters.reqid}, not ${template.reqid}`;
    case 'source':
      return `it is from ${formatIpAddress(parameters.source)}, not ${formatIpAddress(source)}`;
    case 'destination': {
      const wanted = formatIpAddress(destination);
      return `it is to ${formatIpAddress(parameters.destination)}, not ${wanted}`;
    }
    case 'direction':
      return 'it is for the other direction';
    case 'larval':
      return 'it still waits for its keys';
  }
}
