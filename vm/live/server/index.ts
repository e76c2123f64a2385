/** An HTTP and WebSocket server that no socket can end. Needs Node. */
export { GuardedServer } from './guarded-server.ts';
export { OpenSockets } from './open-sockets.ts';
export { TellingWebSocket } from './telling-websocket.ts';
export { openEndpoint } from './websocket-server.ts';
