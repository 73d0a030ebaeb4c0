/**
 * What racoon does by the clock, as racoonctl shows it: ends of ISAKMP SAs.
 *
 * @module
 */
import type { IkeStatus } from '../../ike/status.ts';
import type { ScheduledTask } from './admin/administration.ts';

/** The task for each ISAKMP SA that ends some time, numbered from 1. */
export function tasksOf({ phase1 }: IkeStatus): readonly ScheduledTask[] {
  return phase1
    .flatMap(({ establishedAt, expiresAt }) =>
      establishedAt === null || expiresAt === null
        ? []
        : [{ createdAt: establishedAt, dueAt: expiresAt }],
    )
    .map((task, index) => ({ index: index + 1, ...task }));
}
