/**
 * One SPI for both directions.
 *
 * @module
 */
import type { Rule } from '../rule.ts';
import type { CheckedIfcfg } from './checked-ifcfg.ts';

export const DUPLICATE_SPI: Rule<CheckedIfcfg> = {
  code: 'duplicate-spi',
  form: 'ifcfg',
  title: 'the SAs of both directions of ESP, or of AH, have one SPI',
  severity: 'warning',
  reason:
    'The destination tells them apart (RFC 4301 §4.1), and who reads a capture or a dump cannot. With one ' +
    'key besides, nothing that ESP protects tells what goes from what comes.',
  *find(file) {
    const { keying } = file.wanted;
    if (keying.kind !== 'manual') return;
    for (const { protocol, spi } of keying.outbound) {
      const inbound = keying.inbound.find((layer) => layer.protocol === protocol);
      if (inbound?.spi !== spi) continue;
      const name = protocol.toUpperCase();
      const variable = file.find(`SPI_${name}_OUT`);
      if (variable === undefined || !file.has(variable)) continue;
      yield {
        span: variable.span,
        message: `SPI_${name}_OUT is the same as SPI_${name}_IN`,
        expected: 'an SPI for each direction',
        fix: `choose another for one of them; the peer has IN and OUT the other way round`,
      };
    }
  },
};
