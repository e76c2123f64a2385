/** Primary-backup replication in real time: elections and heartbeats as often as Raft's. */
import { createPrimaryBackup } from '../../primary-backup/primary-backup.ts';
import type { PrimaryBackupState } from '../../primary-backup/state.ts';
import type { Protocol } from '../../protocol.ts';
import { electionTiming } from '../../raft/timing.ts';
import type { StateMachine } from '../../state-machine.ts';
import type { LiveProtocol, LiveRun } from './live-protocol.ts';
import { attendOrdered } from './ordered.ts';

export const PRIMARY_BACKUP: LiveProtocol = {
  name: 'primary-backup',
  create<C, R, Q, A>(machine: StateMachine<C, R, Q, A>, { rate, timing, settings }: LiveRun) {
    const { heartbeatTicks, electionTicks, requestTicks } = electionTiming(rate, timing);
    const { ack = 'all-alive', soleSurvivor = false } = settings;
    const protocol: unknown = createPrimaryBackup(machine, {
      ...{ heartbeatTicks, electionTicks, requestTicks, ack, soleSurvivor },
      // It is waited for no longer than an election takes to begin.
      silentTicks: Math.ceil((2 * electionTicks[0]) / 3),
    });
    return protocol as Protocol<unknown, unknown, C, R, Q, A>;
  },
  attend: (replica) =>
    attendOrdered<PrimaryBackupState>(
      replica,
      ({ hard }) => hard.term,
      ({ leading }, peer) => leading!.followers[peer]!.alive,
    ),
};
