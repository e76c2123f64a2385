/** Programs for machines. */
export { type ClockMessage, type DieSettings, randomMessages } from './random-messages.ts';
