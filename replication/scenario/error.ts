/** A scenario that cannot be read. Nothing of it has been run. */
export class ScenarioError extends Error {
  override readonly name = 'ScenarioError';
  /** Where, counted from 1. */
  readonly line: number;

  constructor(line: number, message: string) {
    super(message);
    this.line = line;
  }
}
