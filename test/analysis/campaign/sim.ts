/** `tickraft sim`, run in this process. */
import { simCommand } from '../../../analysis/cli/sim.ts';
import { type Ran, run } from '../../support/in-process.ts';

export function sim(...words: string[]): Promise<Ran> {
  return run(simCommand(), ...words);
}
