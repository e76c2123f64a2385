/**
 * The environment of test files: Jest's own for Node, but with an ordinary global object. Jest
 * makes one behind a proxy and Node's interceptors, where each use of a global name (`Math`, `Map`)
 * costs a hundred times as much, and a simulation in a test several times as much as elsewhere.
 */
import vm from 'node:vm';
import { TestEnvironment } from 'jest-environment-node';

export default class OrdinaryEnvironment extends TestEnvironment {
  /** @param {ConstructorParameters<typeof TestEnvironment>} args */
  constructor(...args) {
    const { createContext } = vm;
    vm.createContext = () => createContext(vm.constants.DONT_CONTEXTIFY);
    try {
      super(...args);
    } finally {
      vm.createContext = createContext;
    }
  }
}
