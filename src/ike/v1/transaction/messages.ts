/**
 * The messages of transaction exchanges (draft-dukes-ike-mode-cfg-02 §3.2), made and looked into.
 *
 * @module
 */
import { attributeNumber, type DataAttribute } from '../../../wire/ikev1/data-attribute.ts';
import {
  MODE_CONFIGURATION_ATTRIBUTE,
  MODE_CONFIGURATION_TYPE,
  type ModeConfiguration,
  XAUTH_STATUS,
} from '../../../wire/ikev1/mode-configuration.ts';

/** A question, which a REPLY answers. */
export function request(
  identifier: number,
  attributes: readonly DataAttribute[],
): ModeConfiguration {
  return message(MODE_CONFIGURATION_TYPE.REQUEST, identifier, attributes);
}

/** The answer to `question`. */
export function reply(
  question: ModeConfiguration,
  attributes: readonly DataAttribute[],
): ModeConfiguration {
  return message(MODE_CONFIGURATION_TYPE.REPLY, question.identifier, attributes);
}

/** The acknowledgement of attributes of those types: they come back without values. */
export function acknowledgement(
  set: ModeConfiguration,
  accepted: (type: number) => boolean,
): ModeConfiguration {
  const types = new Set(set.attributes.map(({ type }) => type).filter(accepted));
  const attributes = [...types].map((type) => ({
    type,
    // A status is of the short form, which has no empty value.
    value: type === MODE_CONFIGURATION_ATTRIBUTE.XAUTH_STATUS ? 0 : EMPTY,
  }));
  return message(MODE_CONFIGURATION_TYPE.ACK, set.identifier, attributes);
}

/** What tells a client whether it is let in. */
export function statusSet(identifier: number, accepted: boolean): ModeConfiguration {
  return message(MODE_CONFIGURATION_TYPE.SET, identifier, [status(accepted)]);
}

/** The answer of a client to a question that it cannot answer (draft-beaulieu-ike-xauth-02). */
export function failedReply(question: ModeConfiguration): ModeConfiguration {
  return reply(question, [status(false)]);
}

/** Whether the peer lets in; `undefined` when it says nothing of that. */
export function statusOf({ attributes }: ModeConfiguration): boolean | undefined {
  const found = find(attributes, MODE_CONFIGURATION_ATTRIBUTE.XAUTH_STATUS);
  return found && attributeNumber(found) === XAUTH_STATUS.OK;
}

/** The first attribute of that type. */
export function find(
  attributes: readonly DataAttribute[],
  type: number,
): DataAttribute | undefined {
  return attributes.find((each) => each.type === type);
}

/** Whether the type is one of XAuth's. */
export function isOfXauth(type: number): boolean {
  const { XAUTH_TYPE, XAUTH_ANSWER } = MODE_CONFIGURATION_ATTRIBUTE;
  return type >= XAUTH_TYPE && type <= XAUTH_ANSWER;
}

/** An attribute that asks: it has no value. */
export function asking(type: number): DataAttribute {
  return { type, value: EMPTY };
}

function status(accepted: boolean): DataAttribute {
  const value = accepted ? XAUTH_STATUS.OK : XAUTH_STATUS.FAIL;
  return { type: MODE_CONFIGURATION_ATTRIBUTE.XAUTH_STATUS, value };
}

function message(
  type: number,
  identifier: number,
  attributes: readonly DataAttribute[],
): ModeConfiguration {
  return { kind: 'mode-configuration', type, identifier, attributes };
}

const EMPTY = new Uint8Array(0);
