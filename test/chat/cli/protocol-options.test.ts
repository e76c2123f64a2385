/** Which flags go with which protocol, and that a fleet passes on what was given. */
import { z } from 'zod';
import {
  checkProtocol,
  protocolArguments,
  protocolOptions,
  settingsOf,
} from '../../../replication/ops/protocol.ts';

const schema = z
  .object({ ...protocolOptions, lease: z.number().optional(), autopilot: z.boolean().optional() })
  .superRefine(checkProtocol);
const PLAIN = { protocol: 'raft', soleSurvivor: false, handoff: true };

test.each([
  [{ protocol: 'paxos' }, 'protocol must be one of raft, primary-backup, lowest-port, nwr'],
  [{ ack: 'majority' }, 'ack is no setting of raft'],
  [{ protocol: 'primary-backup', ack: 'some' }, 'ack must be one of all-alive, majority, primary'],
  [{ protocol: 'lowest-port', soleSurvivor: true }, 'soleSurvivor is no setting of lowest-port'],
  [{ protocol: 'nwr', nwr: '2/3/1' }, 'nwr must be N/W/R such as 3/2/2, with W and R from 1 to N'],
  [{ protocol: 'primary-backup', handoff: false }, 'handoff is no setting of primary-backup'],
  [{ protocol: 'nwr', lease: 500 }, 'lease does not go with --protocol nwr: it has no leases'],
  [
    { protocol: 'lowest-port', autopilot: true },
    'autopilot does not go with --protocol lowest-port: it has no autopilot: it cannot change its members',
  ],
])('%j is refused', (given, why) => {
  const issue = schema.safeParse({ ...PLAIN, ...given }).error!.issues[0]!;
  expect(`${String(issue.path[0])} ${issue.message}`).toBe(why);
});

test.each([
  [{}, {}, []],
  [
    { protocol: 'primary-backup', ack: 'majority', soleSurvivor: true },
    { ack: 'majority', soleSurvivor: true },
    ['--protocol', 'primary-backup', '--ack', 'majority', '--sole-survivor'],
  ],
  [
    { protocol: 'nwr', nwr: '3/1/1', handoff: false },
    { quorum: '3/1/1', handoff: false },
    ['--protocol', 'nwr', '--nwr', '3/1/1', '--no-handoff'],
  ],
])('%j is taken', (given, settings, words) => {
  const parsed = schema.parse({ ...PLAIN, ...given });
  expect([settingsOf(parsed), protocolArguments(parsed)]).toEqual([settings, words]);
});
