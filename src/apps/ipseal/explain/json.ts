/**
 * An explanation as `ipseal explain --json` prints it. docs/explain.md has the schema. Within
 * {@link EXPLANATION_VERSION} fields may be added; none changes its meaning or goes away.
 *
 * @module
 */
import type { Arrival } from '../../../ipsec/explanation/arrival.ts';
import type { Departure } from '../../../ipsec/explanation/departure.ts';
import type { Explanation, Passage } from '../../../ipsec/explanation/explain.ts';
import type { Flow } from '../../../ipsec/explanation/flow.ts';
import type { Layer } from '../../../ipsec/explanation/layers.ts';
import type { PassedOvers } from '../../../ipsec/explanation/passed-over.ts';
import type { Policy } from '../../../ipsec/policy.ts';
import type { SaRecord } from '../../../ipsec/record.ts';
import { formatIpAddress } from '../../../net/ip-address.ts';
import { selectorToDump, templateToDump } from '../../setkey/dump-json.ts';

const EXPLANATION_VERSION = 1;

/** `explanation` as an object to be written; no key is in it. */
export function explanationToJson({ role, rules, there, back, exposed }: Explanation) {
  return {
    version: EXPLANATION_VERSION,
    ...{ role, rules, outcome: there.outcome, exposed },
    there: passageToJson(there),
    back: passageToJson(back),
  };
}

function passageToJson({ flow, arrival, departure, outcome, exemption }: Passage) {
  return {
    ...{ flow: flowToJson(flow), outcome, exemption },
    arrival: arrival && arrivalToJson(arrival),
    departure: departure && departureToJson(departure),
  };
}

function flowToJson(flow: Flow) {
  const { source, destination } = flow;
  return {
    ...flow,
    source: formatIpAddress(source),
    destination: formatIpAddress(destination),
  };
}

function departureToJson({ policy, passedOver, layers, outcome, reason, wire }: Departure) {
  return {
    ...{ outcome, reason, policy: policy && policyToJson(policy) },
    ...{ passedOver: passedOverToJson(passedOver), layers: layers.map(layerToJson), wire },
  };
}

function arrivalToJson(arrival: Arrival) {
  const { policy, passedOver, layers, outcome, reason, plain, sealed, others } = arrival;
  return {
    ...{ outcome, reason, plain, sealed, policy: policy && policyToJson(policy) },
    ...{ passedOver: passedOverToJson(passedOver), layers: layers.map(layerToJson) },
    others: others.map(({ record, verdict }) => ({ sa: saToJson(record), verdict })),
  };
}

function passedOverToJson({ nearest, more }: PassedOvers) {
  const told = nearest.map(({ policy, differs, open }) => {
    return { policy: policyToJson(policy), differs, open };
  });
  return { nearest: told, more };
}

function policyToJson({ direction, selector, action, priority }: Policy) {
  const templates = action.kind === 'protect' ? action.templates.map(templateToDump) : [];
  return { direction, ...selectorToDump(selector), action: action.kind, templates, priority };
}

function layerToJson({ template, source, destination, sa, fault, nearest }: Layer) {
  return {
    ...templateToDump(template),
    ...{ source: formatIpAddress(source), destination: formatIpAddress(destination) },
    ...{ sa: sa && saToJson(sa), fault },
    nearest: nearest.map(({ record, differs }) => ({ sa: saToJson(record), differs })),
  };
}

function saToJson({ parameters, state }: SaRecord) {
  const { source, destination, protocol, spi, mode, reqid, encryption, integrity } = parameters;
  return {
    ...{ source: formatIpAddress(source), destination: formatIpAddress(destination) },
    ...{ protocol, spi, mode, reqid, state },
    encryption: encryption?.algorithm.name ?? null,
    integrity: integrity?.algorithm.name ?? null,
  };
}
