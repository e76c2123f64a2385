/**
 * What the stories must show of each protocol. The runs are not made anew: the page of the
 * reference has their answers, and its own test holds it to the runs.
 */
import { readFileSync } from 'node:fs';
import { PROTOCOLS } from '../../../replication/sim/index.ts';
import { SUBJECTS } from '../conformance/subjects.ts';
import { STORIES } from './stories.ts';

const PAGE = new URL('../../../docs/reference/protocols.md', import.meta.url);
const rows = readFileSync(PAGE, 'utf8')
  .split('\n')
  .map((line) => line.split('|').map((one) => one.trim()));

/** What the page says of a question, for the subject at that place. */
function told(question: string, place: number): string {
  return rows.find((row) => row[1] === question)![2 + place]!;
}

test.each(SUBJECTS.map((subject, place) => ({ ...subject, place })))('$name', (subject) => {
  const { place, protocol, settings } = subject;
  const { guarantees } = PROTOCOLS[protocol]!.create('quick', settings);
  const answers = STORIES.map(({ questions }) => questions.map(({ asks }) => told(asks, place)));
  const [change, login, ends] = answers as [string[], string[], string[]];
  const servesAlone = guarantees.servedBy(3) === 1;
  const [alone, two, ann, bob, after] = change;
  expect([alone === 'ok', two]).toEqual([servesAlone, 'ok']);
  // Nobody answers who could not know; who is alone and answers knows what was acknowledged here.
  expect([ann, bob]).toEqual(servesAlone ? ['yes', 'yes'] : ['`NoLeader`', '`NoLeader`']);
  if (alone === 'ok') expect(after).toBe('yes');
  expect(login).toEqual(['yes', 'no', 'ok']);
  const [graceful, abrupt, last] = ends;
  expect([graceful, abrupt]).toEqual([expect.stringMatching(/ ms$/), expect.stringMatching(/ ms$/)]);
  expect(last === 'ok').toBe(servesAlone || settings.ack === 'primary');
  const apart = told('n1 and n2 do not hear each other, n3 hears both: how many lead', place);
  if (guarantees.oneLeaderPerTerm) expect(apart).toBe('one');
  expect(told('they hear each other again', place)).toBe(protocol === 'nwr' ? 'nobody' : 'one');
});
