/**
 * SAs and policies as JSON: the schema of the control protocol's values, and the way back.
 *
 * Each schema reads JSON into the types of `ipsec/`; the function beside it writes them. Addresses
 * and prefixes are text, keys are hexadecimal digits: the socket is its owner's alone.
 *
 * @module
 */
import * as v from 'valibot';
import { encryptionByName, integrityByName } from '../../crypto/registry.ts';
import { Secret } from '../../crypto/secret.ts';
import type { PolicyRecord, SaRecord } from '../../ipsec/backend.ts';
import { compressionByName } from '../../ipsec/compression.ts';
import type { SaOutline } from '../../ipsec/events.ts';
import { IPSEC_PROTOCOLS, type Policy, type PolicyId, type Template } from '../../ipsec/policy.ts';
import type { SaProgress } from '../../ipsec/progress.ts';
import type { SaId, SaParameters } from '../../ipsec/sa-parameters.ts';
import type { Selector, SelectorAddresses } from '../../ipsec/selector.ts';
import type { SpiRequest } from '../../ipsec/spi-request.ts';
import { formatIpAddress, parseIpAddress } from '../../net/ip-address.ts';
import { addressBits, type Prefix } from '../../net/prefix.ts';
import { fromHex, toHex } from '../../octets/hex.ts';

/** Turns text into a value, or reports that it is not `what`. */
function parsed<T>(what: string, parse: (text: string) => T | undefined) {
  return v.pipe(
    v.string(),
    v.rawTransform<string, T>(({ dataset, addIssue, NEVER }) => {
      const value = parse(dataset.value);
      if (value !== undefined) return value;
      addIssue({ message: `is not ${what}` });
      return NEVER;
    }),
  );
}

function wholeNumber(most: number) {
  return v.pipe(v.number(), v.integer('is not a whole number'), v.minValue(0), v.maxValue(most));
}

const U32 = wholeNumber(0xffffffff);
const Count = wholeNumber(Number.MAX_SAFE_INTEGER);
const Instant = v.number();

export const AddressSchema = parsed('an IP address', parseIpAddress);
export const ProtocolSchema = v.picklist(IPSEC_PROTOCOLS);
export const ModeSchema = v.picklist(['transport', 'tunnel']);
const Direction = v.picklist(['outbound', 'inbound', 'forward']);
const Key = parsed('hexadecimal digits', (text) => {
  const octets = fromHex(text);
  return octets && new Secret(octets);
});
const PrefixText = parsed('an address prefix', (text) => {
  const [host = '', bits = '', ...rest] = text.split('/');
  const address = parseIpAddress(host);
  const length = /^\d{1,3}$/.test(bits) ? Number(bits) : Number.NaN;
  if (address === undefined || rest.length > 0) return undefined;
  if (!(length <= addressBits(address.version))) return undefined;
  return { address, length };
});

const Port = wholeNumber(0xffff);
const SecurityContext = v.strictObject({ doi: U32, algorithm: U32, label: v.string() });

export const LifetimeSchema = v.strictObject({ seconds: Count, octets: Count, packets: Count });
const PortRange = v.strictObject({ first: Port, last: Port });

export const SaIdSchema = v.strictObject({
  destination: AddressSchema,
  protocol: ProtocolSchema,
  spi: U32,
});

export const SaPairSchema = v.strictObject({
  source: AddressSchema,
  destination: AddressSchema,
  protocol: v.nullable(ProtocolSchema),
});

export const SaOutlineSchema = v.strictObject({
  ...SaIdSchema.entries,
  source: AddressSchema,
  mode: ModeSchema,
  reqid: U32,
});

export const SpiRequestSchema = v.strictObject({
  source: AddressSchema,
  destination: AddressSchema,
  protocol: ProtocolSchema,
  mode: ModeSchema,
  reqid: U32,
  least: U32,
  most: U32,
});

export const SaSchema = v.strictObject({
  ...SaOutlineSchema.entries,
  replayWindow: U32,
  encryption: v.nullable(
    v.strictObject({ algorithm: parsed('a known cipher', encryptionByName), key: Key }),
  ),
  integrity: v.nullable(
    v.strictObject({
      algorithm: parsed('a known integrity algorithm', integrityByName),
      key: Key,
      icvLength: wholeNumber(64),
    }),
  ),
  compression: v.nullable(parsed('a known compression algorithm', compressionByName)),
  encapsulation: v.nullable(
    v.strictObject({
      sourcePort: Port,
      destinationPort: Port,
      originalAddress: v.nullable(AddressSchema),
    }),
  ),
  extendedSequenceNumbers: v.boolean(),
  securityContext: v.nullable(SecurityContext),
  softLifetime: LifetimeSchema,
  hardLifetime: LifetimeSchema,
});

export const ProgressSchema = v.strictObject({ sent: Count, received: Count });

export const SaProgressSchema = v.strictObject({
  ...SaIdSchema.entries,
  ...ProgressSchema.entries,
});

export const SelectorAddressesSchema = v.strictObject({
  localAddress: PrefixText,
  remoteAddress: PrefixText,
});

export const SelectorSchema = v.strictObject({
  ...SelectorAddressesSchema.entries,
  nextLayerProtocol: v.union([v.literal('any'), wholeNumber(255)]),
  localPort: PortRange,
  remotePort: PortRange,
  message: v.nullable(
    v.strictObject({ type: v.nullable(wholeNumber(255)), code: v.nullable(wholeNumber(255)) }),
  ),
  greKey: v.nullable(U32),
  securityContext: v.nullable(SecurityContext),
});

export const TemplateSchema = v.strictObject({
  protocol: ProtocolSchema,
  mode: ModeSchema,
  endpoints: v.nullable(v.strictObject({ local: AddressSchema, remote: AddressSchema })),
  level: v.picklist(['use', 'require']),
  reqid: U32,
});

export const PolicyIdSchema = v.strictObject({ direction: Direction, selector: SelectorSchema });

export const PolicySchema = v.strictObject({
  ...PolicyIdSchema.entries,
  action: v.variant('kind', [
    v.strictObject({ kind: v.literal('discard') }),
    v.strictObject({ kind: v.literal('bypass') }),
    v.strictObject({ kind: v.literal('protect'), templates: v.array(TemplateSchema) }),
  ]),
  priority: U32,
});

export const SaRecordSchema = v.strictObject({
  parameters: SaSchema,
  state: v.picklist(['larval', 'mature', 'dying', 'dead']),
  /** Of 64 bits, where the SA has extended ones. */
  sequenceNumber: Count,
  addedAt: Instant,
  usedAt: v.nullable(Instant),
  octets: Count,
  packets: Count,
  window: v.nullable(v.strictObject({ highest: Count, missing: Count })),
  discards: v.record(v.string(), Count),
});

export const PolicyRecordSchema = v.strictObject({
  policy: PolicySchema,
  index: U32,
  addedAt: Instant,
  usedAt: v.nullable(Instant),
});

export function saIdToJson(id: SaId): v.InferInput<typeof SaIdSchema> {
  return { destination: formatIpAddress(id.destination), protocol: id.protocol, spi: id.spi };
}

export function saProgressToJson(progress: SaProgress): v.InferInput<typeof SaProgressSchema> {
  const { sent, received } = progress;
  return { ...saIdToJson(progress), sent, received };
}

export function saOutlineToJson(sa: SaOutline): v.InferInput<typeof SaOutlineSchema> {
  return {
    ...saIdToJson(sa),
    source: formatIpAddress(sa.source),
    mode: sa.mode,
    reqid: sa.reqid,
  };
}

export function spiRequestToJson(request: SpiRequest): v.InferInput<typeof SpiRequestSchema> {
  return {
    source: formatIpAddress(request.source),
    destination: formatIpAddress(request.destination),
    protocol: request.protocol,
    mode: request.mode,
    reqid: request.reqid,
    least: request.least,
    most: request.most,
  };
}

export function saToJson(sa: SaParameters): v.InferInput<typeof SaSchema> {
  const { encryption, integrity, encapsulation } = sa;
  return {
    ...saOutlineToJson(sa),
    replayWindow: sa.replayWindow,
    encryption: encryption && {
      algorithm: encryption.algorithm.name,
      key: toHex(encryption.key.expose()),
    },
    integrity: integrity && {
      algorithm: integrity.algorithm.name,
      key: toHex(integrity.key.expose()),
      icvLength: integrity.icvLength,
    },
    compression: sa.compression?.name ?? null,
    encapsulation: encapsulation && {
      ...encapsulation,
      originalAddress:
        encapsulation.originalAddress && formatIpAddress(encapsulation.originalAddress),
    },
    extendedSequenceNumbers: sa.extendedSequenceNumbers,
    securityContext: sa.securityContext,
    softLifetime: sa.softLifetime,
    hardLifetime: sa.hardLifetime,
  };
}

export function selectorAddressesToJson({
  localAddress,
  remoteAddress,
}: SelectorAddresses): v.InferInput<typeof SelectorAddressesSchema> {
  return {
    localAddress: prefixToText(localAddress),
    remoteAddress: prefixToText(remoteAddress),
  };
}

export function selectorToJson(selector: Selector): v.InferInput<typeof SelectorSchema> {
  return { ...selector, ...selectorAddressesToJson(selector) };
}

export function policyIdToJson(id: PolicyId): v.InferInput<typeof PolicyIdSchema> {
  return { direction: id.direction, selector: selectorToJson(id.selector) };
}

export function templateToJson(template: Template): v.InferInput<typeof TemplateSchema> {
  const { endpoints } = template;
  return {
    ...template,
    endpoints: endpoints && {
      local: formatIpAddress(endpoints.local),
      remote: formatIpAddress(endpoints.remote),
    },
  };
}

export function policyToJson(policy: Policy): v.InferInput<typeof PolicySchema> {
  const { action } = policy;
  return {
    ...policyIdToJson(policy),
    action:
      action.kind === 'protect'
        ? { kind: 'protect', templates: action.templates.map(templateToJson) }
        : action,
    priority: policy.priority,
  };
}

export function saRecordToJson(record: SaRecord): v.InferInput<typeof SaRecordSchema> {
  return { ...record, parameters: saToJson(record.parameters) };
}

export function policyRecordToJson(record: PolicyRecord): v.InferInput<typeof PolicyRecordSchema> {
  return { ...record, policy: policyToJson(record.policy) };
}

function prefixToText({ address, length }: Prefix): string {
  return `${formatIpAddress(address)}/${length}`;
}
