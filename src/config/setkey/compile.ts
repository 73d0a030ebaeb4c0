/**
 * The setkey language, compiled: statements to what they ask of a backend.
 *
 * @module
 */
import type { Change } from '../../ipsec/change.ts';
import type { IpsecProtocol, Policy } from '../../ipsec/policy.ts';
import type { SaId } from '../../ipsec/sa-parameters.ts';
import type { SpiRequest } from '../../ipsec/spi-request.ts';
import type { Location, SourceText } from '../source.ts';
import { type CompileContext, FIRST_OWN_REQID } from './compile-context.ts';
import { compilePolicy, compilePolicyId, type PolicyId } from './compile-policy.ts';
import {
  compileAdd,
  compileDelete,
  compileDeleteAll,
  compileGet,
  compileGetSpi,
  compileWhichProtocol,
} from './compile-sa.ts';
import type { Statement } from './syntax.ts';

/** What one statement asks for. */
export type Command =
  /** To be committed together. */
  | { readonly kind: 'change'; readonly changes: readonly Change[] }
  /** Of one protocol, or of all. */
  | { readonly kind: 'dump-sas'; readonly protocol: IpsecProtocol | null }
  | { readonly kind: 'dump-policies' }
  /** Each of these SAs. */
  | { readonly kind: 'get-sas'; readonly ids: readonly SaId[] }
  | { readonly kind: 'allocate-spi'; readonly request: SpiRequest };

/** One statement, to be carried out before the next. */
export type Step = { readonly at: Location } & Command;

/** Compiles `statements` as they come; those with an error are left out. */
export function compileScript(
  statements: Iterable<Statement>,
  source: SourceText,
  context: CompileContext,
): readonly Step[] {
  const steps: Step[] = [];
  for (const statement of statements) {
    const command = compileStatement(statement, context);
    if (command !== undefined) steps.push(stepAt(source.location(statement.span), command));
  }
  return steps;
}

function stepAt(at: Location, command: Command): Step {
  if (command.kind !== 'change') return { at, ...command };
  // Nearly all steps of a long file: without a spread they take half the memory.
  return { at, kind: command.kind, changes: command.changes };
}

function compileStatement(statement: Statement, context: CompileContext): Command | undefined {
  switch (statement.kind) {
    case 'add': {
      const sas = compileAdd(statement, context);
      return sas && change(...sas.map((sa): Change => ({ kind: 'add-sa', sa })));
    }
    case 'delete': {
      const id = compileDelete(statement, context);
      return id && change({ kind: 'delete-sa', id });
    }
    case 'get': {
      const ids = compileGet(statement, context);
      return ids && { kind: 'get-sas', ids };
    }
    case 'getspi': {
      const request = compileGetSpi(statement, context);
      return request && { kind: 'allocate-spi', request };
    }
    case 'deleteall': {
      const pairs = compileDeleteAll(statement, context);
      return (
        pairs && change(...pairs.map((pair): Change => ({ kind: 'delete-sas-between', pair })))
      );
    }
    case 'flush': {
      const protocol = compileWhichProtocol(statement.protocol, context);
      return protocol === undefined ? undefined : change({ kind: 'flush-sas', protocol });
    }
    case 'dump': {
      const protocol = compileWhichProtocol(statement.protocol, context);
      return protocol === undefined ? undefined : { kind: 'dump-sas', protocol };
    }
    case 'spdadd':
    case 'spdupdate': {
      const kind = statement.kind === 'spdadd' ? 'add-policy' : 'update-policy';
      const policy = compilePolicy(statement, context);
      return (
        policy &&
        change(
          ...withTwin(policy, forwardTwin, context).map((each): Change => ({ kind, policy: each })),
        )
      );
    }
    case 'spddelete': {
      const id = compilePolicyId(statement, context);
      if (id === undefined) return undefined;
      return change(
        ...withTwin(id, forwardId, context).map(
          (policy): Change => ({ kind: 'delete-policy', policy }),
        ),
      );
    }
    case 'spdflush':
      return change({ kind: 'flush-policies' });
    case 'spddump':
      return { kind: 'dump-policies' };
  }
}

function change(...changes: readonly Change[]): Command {
  return { kind: 'change', changes };
}

/** An inbound policy and its twin for packets that pass through, which Linux looks up apart. */
function withTwin<T extends PolicyId>(
  policy: T,
  twinOf: (policy: T, context: CompileContext) => T,
  context: CompileContext,
): readonly T[] {
  if (policy.direction !== 'inbound' || !context.options.fwdTwins) return [policy];
  return [policy, twinOf(policy, context)];
}

function forwardId(id: PolicyId): PolicyId {
  return { ...id, direction: 'forward' };
}

/**
 * As setkey 0.8 made it on Linux, so that the SPD is the same: the first rule takes SAs of any
 * number, and where another says `unique`, it gets a number of its own.
 */
function forwardTwin(policy: Policy, context: CompileContext): Policy {
  const { action } = policy;
  if (action.kind !== 'protect') return { ...policy, direction: 'forward' };
  const templates = action.templates.map((template, place) => {
    if (place === 0) return { ...template, reqid: 0 };
    const { reqid } = template;
    return reqid < FIRST_OWN_REQID ? template : { ...template, reqid: context.allocateReqid() };
  });
  return { ...policy, direction: 'forward', action: { kind: 'protect', templates } };
}
