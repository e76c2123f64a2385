/**
 * Machines in real time: the host that runs one, its links to others, and its identity. Needs Node.
 */
export {
  addressOf,
  checkSecret,
  greetingHeaders,
  greetingOf,
  isFromPage,
  isLoopback,
  isSameSecret,
} from './handshake.ts';
export { LiveHost } from './host.ts';
export { type Member, shortId } from './identity.ts';
export { SocketLinks } from './links.ts';
