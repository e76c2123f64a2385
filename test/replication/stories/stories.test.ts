/** What the stories must show of each protocol. The page of the reference has all answers. */
import { PROTOCOLS } from '../../../replication/sim/index.ts';
import { SUBJECTS } from '../conformance/subjects.ts';
import { answersTo, candidatesOf, STORIES } from './stories.ts';

const [change, login, ends] = STORIES;

test.each(SUBJECTS)('$name', (subject) => {
  const { guarantees } = PROTOCOLS[subject.protocol]!.create('quick', subject.settings);
  const servesAlone = guarantees.servedBy(3) === 1;
  const [alone, two, ann, bob, after] = answersTo(subject, change!);
  expect([alone === 'ok', two]).toEqual([servesAlone, 'ok']);
  // Nobody is asked who could not know; who is alone and answers knows what was acknowledged here.
  expect([ann, bob]).toEqual(servesAlone ? ['yes', 'yes'] : ['`NoLeader`', '`NoLeader`']);
  if (alone === 'ok') expect(after).toBe('yes');
  expect(answersTo(subject, login!)).toEqual(['yes', 'no', 'ok']);
  const [graceful, abrupt, last] = answersTo(subject, ends!);
  expect([graceful, abrupt]).toEqual([expect.stringMatching(/ ms$/), expect.stringMatching(/ ms$/)]);
  expect(last === 'ok').toBe(servesAlone || subject.settings.ack === 'primary');
  const [apart, together] = candidatesOf(subject);
  const leads = guarantees.oneLeaderPerTerm || subject.settings.soleSurvivor === true;
  if (leads) expect([apart, together]).toEqual(['one', 'one']);
});
