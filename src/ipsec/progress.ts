/**
 * From where an SA counts.
 *
 * @module
 */
import type { SaId } from './sa-parameters.ts';

export interface Progress {
  /** The last sequence number sent before. */
  readonly sent: number;
  /** The highest one received before: it and those below are not taken again. */
  readonly received: number;
}

/** At the beginning. */
export const NO_PROGRESS: Progress = { sent: 0, received: 0 };

/** The progress of an SA. */
export interface SaProgress extends SaId, Progress {}
