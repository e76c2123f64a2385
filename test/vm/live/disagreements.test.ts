import { Disagreements } from '../../../vm/live/disagreements.ts';

test('a member that keeps asking is reported once, from whatever address its connections seem to come', () => {
  const lines: string[] = [];
  const disagreements = new Disagreements((line) => lines.push(line));
  for (const address of ['10.0.0.3', 'nowhere', '10.0.0.3', 'nowhere']) {
    disagreements.note('r3', true);
    disagreements.tell('r3', address, 'r3 belongs to another cluster');
  }
  expect(lines).toEqual(['refused a peer from 10.0.0.3: r3 belongs to another cluster']);
  disagreements.tell('r3', '10.0.0.3', 'r3 was started with other members');
  expect(lines).toHaveLength(2);
});
