/**
 * Who a message of the kernel answers.
 *
 * @module
 */
import type { SadbMessage } from '../../../pfkey/message.ts';

/** What the kernel repeats of the request that made it speak. */
export type Origin = Pick<SadbMessage, 'sequenceNumber' | 'pid'>;

/** The kernel spoke of its own accord. */
export const UNASKED: Origin = { sequenceNumber: 0, pid: 0 };
