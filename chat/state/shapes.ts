/** The shapes of what commands, queries and requests are made of. */
import { z } from 'zod';
import {
  DISPLAY_MAX,
  MESSAGES_AT_ONCE,
  SEARCH_MAX,
  SETTING_NAME_MAX,
  SETTING_VALUE_MAX,
  SETTINGS_PER_ACCOUNT,
  TEXT_MAX,
  TOPIC_MAX,
} from './limits.ts';
import { isName, isPattern, NAME_MAX, NAME_RULE_TEXT } from './names.ts';

/** A name of an account or of a room, in canonical form. */
export const nameSchema = z.string().max(NAME_MAX, NAME_RULE_TEXT).refine(isName, NAME_RULE_TEXT);

/** A lone surrogate would not survive UTF-8, and replicas would differ. */
const isWellFormed = (text: string) => !/\p{Surrogate}/u.test(text);

/** Text of a message. */
export const textSchema = z
  .string()
  .max(TEXT_MAX, `at most ${TEXT_MAX} characters`)
  .refine((text) => /\S/.test(text), 'at least something')
  .refine(isWellFormed, 'well-formed Unicode only');

/** One line without control characters and changes of writing direction. */
const line = (max: number) =>
  z
    .string()
    .max(max, `at most ${max} characters`)
    .refine((text) => !/[\p{Cc}\u2028\u2029\p{Bidi_Control}]/u.test(text), 'one line of printable text')
    .refine(isWellFormed, 'well-formed Unicode only');

/** How a person wants to be called, beside their name; empty: by the name. */
export const displaySchema = line(DISPLAY_MAX);

/** What a room is about. */
export const topicSchema = line(TOPIC_MAX);

/** Settings of an account: what its clients want to find again. */
export const settingsSchema = z
  .record(
    z.string().regex(new RegExp(`^[a-z0-9._-]{1,${SETTING_NAME_MAX}}$`), 'not the name of a setting'),
    z
      .string()
      .max(SETTING_VALUE_MAX, `at most ${SETTING_VALUE_MAX} characters`)
      .refine(isWellFormed, 'well-formed Unicode only'),
  )
  .refine(
    (settings) => Object.keys(settings).length <= SETTINGS_PER_ACCOUNT,
    `at most ${SETTINGS_PER_ACCOUNT} settings`,
  );

/** Chosen by the sending client, to recognise its own messages. */
export const keySchema = z.string().regex(/^[A-Za-z0-9_-]{1,64}$/, '1 to 64 letters, digits, _ or -');

export const patternSchema = z
  .string()
  .max(NAME_MAX, `at most ${NAME_MAX} characters`)
  .refine(isPattern, 'letters of names, * and ?, at most 32');

/** A place in a mailbox or a room: 0 is before its first message. */
export const sequenceSchema = z.int().min(0);

/** Some places, each once. */
export const sequencesSchema = z
  .array(z.int().min(1))
  .min(1, 'at least one')
  .max(MESSAGES_AT_ONCE, `at most ${MESSAGES_AT_ONCE} at once`)
  .refine((sequences) => new Set(sequences).size === sequences.length, 'each once');

/** How many messages to take from the queue. */
export const countSchema = z.int().min(1).max(MESSAGES_AT_ONCE, `at most ${MESSAGES_AT_ONCE} at once`);

/** What a search looks for. */
export const searchSchema = z
  .string()
  .max(SEARCH_MAX, `at most ${SEARCH_MAX} characters`)
  .refine((text) => /\S/.test(text), 'at least something');

/** SHA-256 of a login's token, in hexadecimal. */
export const loginSchema = z.string().regex(/^[0-9a-f]{64}$/);

/** What names one of an account's logins to its other devices: the beginning of its hash. */
export const loginIdSchema = z.string().regex(/^[0-9a-f]{16}$/, 'not the id of a login');

/** Milliseconds since 1970, as all times here. */
export const timeSchema = z.int().min(0);
