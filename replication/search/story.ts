/** A way through a search as the lines of a scenario, which replay it. */
import { kindOf, placeOf } from './choices.ts';
import type { Model, Row } from './model.ts';
import type { ReplicaState, Step } from './replica-state.ts';

/** Where comments begin, if there is room. */
const COMMENT_AT = 28;

/** The lines of a way from where the search begins. */
export function storyOf(model: Model, choices: readonly number[], kindOfMessage: (body: unknown) => string) {
  const row = model.root.slice();
  return choices.map((choice) => {
    const about = oldestOf(model, row, choice);
    const kind = about === undefined ? '' : kindOfMessage(about);
    model.take(row, choice);
    const line = lineOf(model, choice);
    const comment = [kind, ...model.taken.steps.flatMap((step) => wordsOf(model, step))];
    const text = comment.filter((part) => part !== '').join('; ');
    return text === '' ? line : `${line.padEnd(COMMENT_AT - 2)}  # ${text}`;
  });
}

/** The message that a choice is about. */
function oldestOf(model: Model, row: Row, choice: number): unknown {
  if (!['deliver', 'drop', 'duplicate', 'outage'].includes(kindOf(choice))) return undefined;
  return model.queueOf(row, placeOf(choice)).messages[0]!.body;
}

function lineOf(model: Model, choice: number): string {
  const { nodes, asks, taken } = model;
  const [kind, place] = [kindOf(choice), placeOf(choice)];
  const name = (node: number) => nodes[node]!;
  switch (kind) {
    case 'deliver':
    case 'duplicate':
    case 'drop': {
      const [from, to] = model.endsOf(place);
      return `${kind === 'drop' ? 'lose' : kind} ${name(from)} -> ${name(to)}`;
    }
    case 'outage': {
      const [from, to] = model.endsOf(place);
      return `deliver ${name(from)} -> ${name(to)} losing power`;
    }
    case 'tick':
    case 'timeout':
      return `jump ${name(place)} ${taken.steps[0]!.ticks} ticks`;
    case 'crash':
      return `crash ${name(place)}`;
    case 'restart':
      return `restart ${name(place)}`;
    case 'ask': {
      const [ask, node] = model.endsOf(place);
      return `${asks[ask]!.text} at ${name(node)} as ${asks[ask]!.name}`;
    }
    case 'partition':
      return `partition ${model.links.groups[place]!.map(name).join(' ')} | others`;
    case 'heal':
      return 'heal';
  }
}

/** What a step has changed, as far as a reader wants to know. */
function wordsOf({ nodes }: Model, { before, after, answers }: Step): string[] {
  const self = nodes[after.node]!;
  const words: string[] = [];
  if (after.status !== 'down' && standing(before) !== standing(after))
    words.push(`${self} is ${after.view.role}${after.view.term > 0 ? ` of term ${after.view.term}` : ''}`);
  if (after.status !== 'down' && after.view.commit > before.view.commit)
    words.push(`${self} commits ${after.view.commit}`);
  for (const { id, outcome } of answers)
    words.push(`${id} is answered${outcome.ok ? '' : ` ${outcome.code}`}`);
  return words;
}

function standing({ view, status }: ReplicaState): string {
  return `${status} ${view.role} ${view.term}`;
}
