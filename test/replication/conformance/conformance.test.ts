/**
 * One suite for every protocol: what each claims it is held to, and what it lacks it is seen to
 * lack, so that no skip outlives its reason.
 */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { PROTOCOLS } from '../../../replication/sim/index.ts';
import { REQUIREMENTS, type Requirement, type RequirementName } from './requirements.ts';
import { SUBJECTS } from './subjects.ts';

const names = Object.keys(REQUIREMENTS) as RequirementName[];

test('every protocol is a subject', () => {
  expect([...new Set(SUBJECTS.map(({ protocol }) => protocol))]).toEqual(Object.keys(PROTOCOLS));
});

describe.each(SUBJECTS)('$name', (subject) => {
  const { protocol, settings, lacks } = subject;
  const { guarantees } = PROTOCOLS[protocol]!.create('quick', settings);

  for (const name of names) {
    const { says, run }: Requirement = REQUIREMENTS[name];
    const lack = lacks[name];
    if (lack === undefined) test(says, () => run(subject));
    else test(`lacks: ${says} (${lack.why})`, () => expect(() => run(subject)).toThrow());
  }

  test('it claims what it meets, and nothing that it lacks', () => {
    const claimed: Partial<Record<RequirementName, boolean>> = {
      durable: guarantees.durable,
      'both-kept': guarantees.durable,
      'one-leader': guarantees.oneLeaderPerTerm,
      linearizable: guarantees.reads === 'linearizable',
      once: guarantees.once,
      converges: guarantees.converges,
      'two-down': guarantees.servedBy(3) === 1,
      'one-down': guarantees.servedBy(3) <= 2,
    };
    expect(names.filter((name) => claimed[name] === true && lacks[name] !== undefined)).toEqual([]);
    // All but availability is lacked where it is not claimed, or a run does not suffice to see it.
    expect(guarantees.servedBy(3) === 1).toBe(lacks['two-down'] === undefined);
  });

  test('what it lacks is told by scenarios that there are', () => {
    const stories = Object.values(lacks).flatMap(({ story }) => story ?? []);
    const golden = fileURLToPath(new URL('../../golden/', import.meta.url));
    expect(stories.filter((story) => !existsSync(`${golden}${story}.scenario`))).toEqual([]);
  });
});
