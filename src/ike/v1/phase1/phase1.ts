/**
 * Phase 1 in any of its modes.
 *
 * @module
 */
import { IKEV1_EXCHANGE } from '../../../wire/ikev1/message.ts';
import type { ExchangeMode, Peer } from '../../peer.ts';
import type { Payloads } from '../payloads.ts';
import {
  type AggressiveModeState,
  answerAggressiveMode,
  beginAggressiveMode,
  continueAggressiveMode,
} from './aggressive-mode.ts';
import {
  answerBaseMode,
  type BaseModeState,
  beginBaseMode,
  continueBaseMode,
} from './base-mode.ts';
import {
  answerMainMode,
  beginMainMode,
  continueMainMode,
  type MainModeState,
} from './main-mode.ts';
import type { Phase1Context, Phase1Step } from './negotiation.ts';

/** What is known between two messages. */
export type Phase1State = MainModeState | AggressiveModeState | BaseModeState;

/** The Exchange Type of each mode (RFC 2408 §3.1). */
export const PHASE1_EXCHANGE: Readonly<Record<ExchangeMode, number>> = {
  main: IKEV1_EXCHANGE.IDENTITY_PROTECTION,
  aggressive: IKEV1_EXCHANGE.AGGRESSIVE,
  base: IKEV1_EXCHANGE.BASE,
};

/** The mode that has this Exchange Type. */
export function modeOfExchange(exchangeType: number): ExchangeMode | undefined {
  return MODES.find((mode) => PHASE1_EXCHANGE[mode] === exchangeType);
}

/** The first message to `peer`. */
export function beginPhase1(
  context: Phase1Context,
  mode: ExchangeMode,
  peer: Peer,
): Phase1Step<Phase1State> {
  switch (mode) {
    case 'main':
      return beginMainMode(peer);
    case 'aggressive':
      return beginAggressiveMode(context, peer);
    case 'base':
      return beginBaseMode(context, peer);
  }
}

/** The answer to a first message. */
export function answerPhase1(
  context: Phase1Context,
  mode: ExchangeMode,
  payloads: Payloads,
): Phase1Step<Phase1State> {
  switch (mode) {
    case 'main':
      return answerMainMode(context, payloads);
    case 'aggressive':
      return answerAggressiveMode(context, payloads);
    case 'base':
      return answerBaseMode(context, payloads);
  }
}

/** What comes of any other message. */
export function continuePhase1(
  context: Phase1Context,
  state: Phase1State,
  payloads: Payloads,
): Phase1Step<Phase1State> {
  switch (state.step) {
    case 'main-offered':
    case 'main-answered':
    case 'main-contributed':
    case 'main-keyed':
    case 'main-identified':
      return continueMainMode(context, state, payloads);
    case 'aggressive-offered':
    case 'aggressive-answered':
      return continueAggressiveMode(context, state, payloads);
    case 'base-offered':
    case 'base-answered':
    case 'base-proved':
      return continueBaseMode(context, state, payloads);
  }
}

const MODES: readonly ExchangeMode[] = ['main', 'aggressive', 'base'];
