/**
 * The setkey language, compiled: statements to what they ask of a backend.
 *
 * @module
 */
import type { Change } from '../../ipsec/change.ts';
import type { IpsecProtocol, Policy } from '../../ipsec/policy.ts';
import type { SaId } from '../../ipsec/sa-parameters.ts';
import type { IpAddress } from '../../net/ip-address.ts';
import type { Location, SourceText } from '../source.ts';
import type { CompileContext } from './compile-context.ts';
import { compilePolicy, compilePolicyId, type PolicyId } from './compile-policy.ts';
import {
  compileAdd,
  compileDeleteAll,
  compileSaReference,
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
  | { readonly kind: 'get-sa'; readonly id: SaId; readonly source: IpAddress };

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
  const { report } = context;
  switch (statement.kind) {
    case 'add': {
      const sa = compileAdd(statement, context);
      return sa && change({ kind: 'add-sa', sa });
    }
    case 'delete': {
      const reference = compileSaReference(statement, context);
      return reference && change({ kind: 'delete-sa', id: reference.id });
    }
    case 'get': {
      const reference = compileSaReference(statement, context);
      return reference && { kind: 'get-sa', ...reference };
    }
    case 'deleteall': {
      const pair = compileDeleteAll(statement, context);
      return pair && change({ kind: 'delete-sas-between', pair });
    }
    case 'flush': {
      const protocol = compileWhichProtocol(statement.protocol, report);
      return protocol === undefined ? undefined : change({ kind: 'flush-sas', protocol });
    }
    case 'dump': {
      const protocol = compileWhichProtocol(statement.protocol, report);
      return protocol === undefined ? undefined : { kind: 'dump-sas', protocol };
    }
    case 'spdadd':
    case 'spdupdate': {
      const kind = statement.kind === 'spdadd' ? 'add-policy' : 'update-policy';
      const policy = compilePolicy(statement, context);
      return (
        policy &&
        change(...withTwin(policy, context).map((twin): Change => ({ kind, policy: twin })))
      );
    }
    case 'spddelete': {
      const id = compilePolicyId(statement, context);
      if (id === undefined) return undefined;
      return change(
        ...withTwin(id, context).map((policy): Change => ({ kind: 'delete-policy', policy })),
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

/**
 * An inbound policy and the same for packets that pass through, which Linux looks up apart. Not
 * setkey 0.8: its twin lost the `unique:N` of the first rule.
 */
function withTwin<T extends PolicyId | Policy>(
  policy: T,
  { options }: CompileContext,
): readonly T[] {
  if (policy.direction !== 'inbound' || !options.fwdTwins) return [policy];
  return [policy, { ...policy, direction: 'forward' }];
}
