/** `tickraft clocks` as a program of its own, for tests with real processes. */
import { clocksCommand } from '../../../analysis/cli/clocks.ts';

await clocksCommand().parseAsync();
