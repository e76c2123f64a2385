/** Lab 2, where you start: n1 is the primary for ever, and tells n2 what it did. */
import { defineProtocol, type Envelope, type KeyValueCommand, keyValueMachine } from 'tickraft/sim';

/** Ticks of silence after which a machine takes the other one for dead. */
const SILENCE = 10;

/**
 * What a machine knows. Everything that it remembers is in here; what must survive a crash is in
 * `ctx.disk`, too.
 */
interface State {
  role: 'primary' | 'backup';
  /** All commands so far, in order. */
  log: KeyValueCommand[];
  /** How many of them this machine has run on its data. */
  applied: number;
  /** When it last heard the other one. */
  heardAt: number;
}

/** The primary's whole log: at every tick, so that it is a heartbeat, too. */
interface Message {
  readonly type: 'Update';
  readonly log: readonly KeyValueCommand[];
}

export default defineProtocol({
  name: 'primary-and-backup',
  machine: keyValueMachine,

  /** The machine starts, for the first time or again after a crash. */
  init: (ctx): State => ({
    role: ctx.self === 'n1' ? 'primary' : 'backup',
    log: (ctx.disk.get('log') as KeyValueCommand[] | undefined) ?? [],
    applied: 0,
    heardAt: ctx.now,
  }),

  onTick(state, ctx) {
    const update: Message = { type: 'Update', log: state.log };
    if (state.role === 'primary') ctx.send(ctx.peers, update);
    else if (ctx.now - state.heardAt > SILENCE) state.role = 'primary';
  },

  onMessage(state, { body }: Envelope<Message>, ctx) {
    state.heardAt = ctx.now;
    state.log = [...body.log];
    ctx.disk.put('log', state.log);
    while (state.applied < state.log.length) ctx.apply(state.log[state.applied++]!);
  },

  onCommand(state, { id, command }, ctx) {
    if (state.role !== 'primary') return ctx.refuse(id, 'ask the other machine');
    state.log.push(command);
    ctx.disk.put('log', state.log);
    state.applied = state.log.length;
    // Too early: the backup has not heard of it.
    ctx.answer(id, ctx.apply(command));
  },

  onRead(state, { id, query }, ctx) {
    if (state.role !== 'primary') return ctx.refuse(id, 'ask the other machine');
    ctx.answer(id, ctx.query(query));
  },

  leads: ({ role }) => role === 'primary',
});
