/** Lab 1, where you start: every machine applies commands in the order in which they reach it. */
import { defineProtocol, type Envelope, type KeyValueCommand, keyValueMachine } from 'tickraft/sim';

/** What a machine knows. Everything that it remembers is in here. */
interface State {
  clock: number;
}

/** A command of another machine. `time` is the sender's clock. */
interface Message {
  readonly type: 'Command';
  readonly time: number;
  readonly command: KeyValueCommand;
}

export default defineProtocol({
  name: 'multicast',
  machine: keyValueMachine,

  init: (): State => ({ clock: 0 }),

  /** A client asks this machine to run a command. */
  onCommand(state, { id, command }, ctx) {
    state.clock++;
    const message: Message = { type: 'Command', time: state.clock, command };
    ctx.send(ctx.peers, message);
    // Too early: another machine may be running another command just now.
    ctx.answer(id, ctx.apply(command));
  },

  /** A message arrives. Those of one sender arrive in the order in which they were sent. */
  onMessage(state, { body }: Envelope<Message>, ctx) {
    state.clock++;
    ctx.apply(body.command);
  },
});
