/** What an autopilot tells of itself to whoever watches its replica. */

/** What it has decided since the process started, and what it holds back now. */
export interface PilotVitals {
  /** How often, by what was decided: `replace-start`, `lead-transfer`, ... */
  readonly decisions: ReadonlyMap<string, number>;
  /** Of a leader: why something is not done that is due. */
  readonly held: readonly string[] | undefined;
}
