/** What a student's file exports, checked, as the simulated protocol that is graded. */
import type { Guarantees } from '../../replication/sim/index.ts';
import {
  type CommitRule,
  createRaft,
  type KeyValueProtocol,
  PROTOCOLS,
  type SimulatedProtocol,
  simulatedRaft,
} from '../../replication/sim/index.ts';
import { type Lab, LabError, type LabItem } from './lab.ts';
import { MINE } from './random-scenario.ts';

/** A program that can be graded. */
export type StudentProgram = (claims: LabItem['guarantees']) => SimulatedProtocol;

/** What a protocol cannot do without. */
const HANDLERS = ['init', 'onTick', 'onMessage', 'onRequest', 'view', 'entry'] as const;

/** What every program is held to. */
const CLAIMS: Pick<Guarantees, 'reads' | 'once' | 'converges'> = {
  reads: 'linearizable',
  once: false,
  converges: true,
};

/**
 * Checks what the file `file` exports by default. Throws a `LabError` that says what is missing.
 */
export function studentProgram(program: Lab['program'], exported: unknown, file: string): StudentProgram {
  if (exported === undefined)
    throw new LabError(`${file}: has no default export: add \`export default ...\``);
  if (program === 'commit-rule') {
    if (typeof exported !== 'function')
      throw new LabError(`${file}: its default export is no function: it must be a rule (leader) => index`);
    return () => raftWith(exported as CommitRule);
  }
  const protocol = checkProtocol(exported, file);
  return (claims) => {
    const graded = { ...protocol, guarantees: { ...protocol.guarantees, ...CLAIMS, ...claims } };
    // Of all that campaigns want to know of a protocol nothing is asked here.
    return { ...PROTOCOLS.raft!, name: MINE, title: MINE, create: () => graded, disk: () => [] };
  };
}

function raftWith(commitRule: CommitRule): SimulatedProtocol {
  const create: typeof createRaft = (machine, options) => createRaft(machine, { ...options, commitRule });
  return { ...simulatedRaft(create), name: MINE };
}

function checkProtocol(exported: unknown, file: string): KeyValueProtocol {
  const how = 'make it with defineProtocol of tickraft/sim';
  if (typeof exported !== 'object' || exported === null)
    throw new LabError(`${file}: its default export is no protocol: ${how}`);
  const missing = HANDLERS.filter(
    (name) => typeof (exported as Record<string, unknown>)[name] !== 'function',
  );
  const { guarantees, machine } = exported as Partial<KeyValueProtocol>;
  if (missing.length > 0 || guarantees === undefined)
    throw new LabError(
      `${file}: its default export is no protocol, it lacks ${missing[0] ?? 'guarantees'}: ${how}`,
    );
  if (machine?.name !== 'key-value')
    throw new LabError(`${file}: its machine is not keyValueMachine of tickraft/sim`);
  return exported as KeyValueProtocol;
}
