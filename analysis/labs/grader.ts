/**
 * The process in which a student's program runs: whatever it does, it can be ended from outside.
 * Gets one order from its parent, and answers with messages.
 */
import { gradeItem, headingOf, type ItemResult, runWith } from './grade-item.ts';
import { type Lab, LabError, type LabItem } from './lab.ts';
import { loadProgram } from './load-program.ts';
import { studentProgram } from './student-program.ts';

/** What is to be done with the program in `file`. */
export type GraderOrder = {
  readonly file: string;
  readonly lab: Lab;
} & (
  | { readonly do: 'grade' /** The items before this one are left out. */; readonly from: number }
  | { readonly do: 'replay'; readonly scenario: string }
);

/** What the process says. */
export type GraderMessage =
  /** The program cannot be graded. */
  | { readonly type: 'problem'; readonly message: string }
  /** It is loaded, and what was ordered begins. */
  | { readonly type: 'ready' }
  /** A scenario begins, or something that is none. */
  | { readonly type: 'running'; readonly scenario: string | undefined }
  | { readonly type: 'item'; readonly result: ItemResult }
  | { readonly type: 'replayed'; readonly transcript: string; readonly failed: boolean }
  | { readonly type: 'done' };

function tell(message: GraderMessage): void {
  process.send?.(message);
}

async function carryOut(order: GraderOrder): Promise<void> {
  const { lab, file } = order;
  const program = studentProgram(lab.program, await loadProgram(file), file);
  tell({ type: 'ready' });
  if (order.do === 'replay') {
    const { transcript, failure } = runWith(program(claimsOf(lab, order.scenario)), order.scenario);
    tell({ type: 'replayed', transcript, failed: failure !== undefined });
  } else {
    for (const item of lab.items.slice(order.from)) {
      const result = gradeItem(lab, item, program, (scenario) => tell({ type: 'running', scenario }));
      tell({ type: 'item', result });
    }
  }
  tell({ type: 'done' });
}

/** What the item holds programs to that a counterexample says it is of; nothing more otherwise. */
function claimsOf(lab: Lab, scenario: string): LabItem['guarantees'] {
  const item = lab.items.find((one) => scenario.startsWith(headingOf(lab, one)));
  return item?.guarantees ?? { oneLeaderPerTerm: false, durable: false };
}

process.on('message', (order: GraderOrder) => {
  carryOut(order)
    .catch((error: unknown) => {
      const message = error instanceof Error ? error.message : String(error);
      const [line = ''] = message.split('\n', 1);
      tell({ type: 'problem', message: error instanceof LabError ? line : `${order.file}: ${line}` });
    })
    .finally(() => process.disconnect?.());
});
