/** `tickraft clocks` as a program of its own, for tests with real processes. */
import { clocksCommand } from '../../logs/clocks-command.ts';

await clocksCommand().parseAsync();
