/** What a leader would change in its cluster: decisions as a pure function. */
export { decide } from './decide.ts';
export { isDead, isHealthy, isStable } from './health.ts';
export { isPaused, namedSettings, pauseChanges, settingChanges, settingsOf } from './policy.ts';
export {
  type Action,
  type AutopilotSettings,
  checkSettings,
  type Decision,
  defaultSettings,
  type Held,
} from './settings.ts';
export type { LoadWindow, Member, View } from './view.ts';
export { actionText, DECISION_KINDS, HELD_REASONS, heldText } from './words.ts';
