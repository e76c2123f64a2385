/**
 * The order of test files: those that take long begin first, so that no core is idle at the end
 * while the other one still works on them. Where Jest knows how long each took, it orders them
 * itself; in a fresh clone it only knows how large they are.
 */
const { default: TestSequencer } = require('@jest/test-sequencer');

/** What takes long: real processes, browsers, copies of Raft, runs that are analysed. */
const LONG =
  /test.(docs.guide|package|bench.run|e2e|attacks|bugs|chat.cli|analysis.(planted|random|explorer.explorer|campaign))/;

module.exports = class LongFirst extends TestSequencer {
  /**
   * @override
   * @param {Parameters<TestSequencer['sort']>[0]} tests
   */
  async sort(tests) {
    const sorted = await super.sort(tests);
    return [
      ...sorted.filter(({ path }) => LONG.test(path)),
      ...sorted.filter(({ path }) => !LONG.test(path)),
    ];
  }
};
