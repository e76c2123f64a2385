/** What the signs of a space-time diagram mean. */

/** Events by their look. */
export const SIGN_WORDS: readonly (readonly [string, string])[] = [
  ['send', 'send'],
  ['receive', 'receive'],
  ['role', 'new role'],
  ['boundary', 'start or stop'],
  ['client', 'request or answer'],
  ['own', 'other event'],
];

/** Messages by their family. */
export const WAY_WORDS: readonly (readonly [string, string])[] = [
  ['plain', 'message'],
  ['election', 'election'],
  ['append', 'append, snapshot'],
  ['beat', 'heartbeat'],
  ['other', 'other message'],
  ['lost', 'lost'],
];

/** Bands by the state of a machine. */
export const BAND_WORDS: readonly (readonly [string, string])[] = [
  ['leader', 'leads'],
  ['candidate', 'stands for election'],
  ['down', 'is off'],
];

/** Bands of the members, in the order of a life. */
export const MEMBER_WORDS: readonly (readonly [string, string])[] = [
  ['learner', 'learns'],
  ['coming', 'votes in the incoming half'],
  ['joint', 'votes in both halves'],
  ['going', 'votes in the outgoing half'],
  ['voter', 'votes'],
  ['removed', 'is removed'],
  ['off', 'is off'],
];

/** Bands of the leadership timeline, which has the rule too. */
export const ROLE_WORDS: readonly (readonly [string, string])[] = [
  ...BAND_WORDS,
  ['follower', 'follows'],
  ['running', 'runs'],
];
