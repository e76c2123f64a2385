/** An HTTP and WebSocket server that no socket can end. Needs Node. */
export { GuardedServer } from './guarded-server.ts';
export { OpenSockets } from './open-sockets.ts';
export { RefusalReportingWebSocket } from './refusal-reporting-websocket.ts';
export { openEndpoint } from './websocket-server.ts';
