/** What a leader would change in its cluster: decisions as a pure function. */
export { decide } from './decide.ts';
export {
  type Action,
  type AutopilotSettings,
  checkSettings,
  type Decision,
  defaultSettings,
} from './settings.ts';
export type { LoadWindow, Member, View } from './view.ts';
