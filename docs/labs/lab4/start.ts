/** Lab 4, where you start: N copies of every key, of which one is written and one is read. */
import { defineProtocol, type Envelope, keyValueMachine } from 'tickraft/sim';

/** How many copies must be written before a put is answered, and how many are read for a get. */
const W = 1;
const R = 1;

type Value = string | number | null;

/** A value and its number: of two copies of a key the one with the higher number is newer. */
interface Copy {
  readonly version: number;
  readonly value: Value;
}

/** A request of a client that waits for the answers of others. */
interface Operation {
  readonly key: string;
  readonly type: 'put' | 'get';
  answers: Copy[];
}

/** What a machine knows. What must survive a crash is in `ctx.disk`: here, all copies. */
interface State {
  operations: Record<string, Operation>;
}

/** `id` is that of the request, so that answers find it. */
type Message =
  | { readonly type: 'Write'; readonly id: string; readonly key: string; readonly copy: Copy }
  | { readonly type: 'Read'; readonly id: string; readonly key: string }
  | { readonly type: 'Reply'; readonly id: string; readonly copy: Copy };

const NOTHING: Copy = { version: 0, value: null };

export default defineProtocol({
  name: 'quorums',
  machine: keyValueMachine,

  init: (): State => ({ operations: {} }),

  onCommand(state, { id, command }, ctx) {
    if (command.type !== 'put') return ctx.refuse(id, 'only put and get');
    const { key } = command;
    const mine = (ctx.disk.get(key) as Copy | undefined) ?? NOTHING;
    const copy: Copy = { version: mine.version + 1, value: command.value as Value };
    ctx.disk.put(key, { ...copy });
    const write: Message = { type: 'Write', id, key, copy };
    ctx.send(ctx.peers, write);
    state.operations[id] = { key, type: 'put', answers: [] };
    answered(state.operations[id], copy, W, () => ctx.answer(id, { done: true }));
  },

  onRead(state, { id, query: { key } }, ctx) {
    const read: Message = { type: 'Read', id, key };
    ctx.send(ctx.peers, read);
    state.operations[id] = { key, type: 'get', answers: [] };
    const mine = (ctx.disk.get(key) as Copy | undefined) ?? NOTHING;
    answered(state.operations[id], mine, R, ({ value }) => ctx.answer(id, value));
  },

  onMessage(state, { from, body }: Envelope<Message>, ctx) {
    if (body.type === 'Reply') {
      const operation = state.operations[body.id];
      if (operation?.type === 'put')
        answered(operation, body.copy, W, () => ctx.answer(body.id, { done: true }));
      if (operation?.type === 'get')
        answered(operation, body.copy, R, ({ value }) => ctx.answer(body.id, value));
      return;
    }
    const mine = (ctx.disk.get(body.key) as Copy | undefined) ?? NOTHING;
    if (body.type === 'Write' && body.copy.version > mine.version) ctx.disk.put(body.key, { ...body.copy });
    const reply: Message = { type: 'Reply', id: body.id, copy: mine };
    ctx.send(from, reply);
  },
});

/** Counts an answer. With the `enough`-th, `done` gets the newest copy among them. */
function answered(operation: Operation, copy: Copy, enough: number, done: (newest: Copy) => void): void {
  operation.answers.push(copy);
  const newest = operation.answers.reduce((a, b) => (b.version > a.version ? b : a));
  if (operation.answers.length === enough) done(newest);
}
