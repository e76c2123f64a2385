/**
 * What the computer itself can do, measured in the same run: raw acknowledgements, raw fdatasync.
 */
import { once } from 'node:events';
import { closeSync, fdatasyncSync, openSync, writeSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { fileURLToPath } from 'node:url';
import { Server } from 'socket.io';
import { io } from 'socket.io-client';
import { startProcess } from './cluster.ts';
import { temporaryFolder } from './ending.ts';
import { type Figure, figure, quantile, repeat } from './measure.ts';

/** Milliseconds of one small append and fdatasync: the median of `count`, several times. */
export async function fdatasyncMs(count: number, runs: number): Promise<Figure> {
  const folder = temporaryFolder();
  const file = openSync(join(folder.path, 'sync'), 'a');
  const data = Buffer.alloc(256, 1);
  const samples = await repeat(runs, () => {
    const times: number[] = [];
    for (let i = 0; i < count; i++) {
      const start = performance.now();
      writeSync(file, data);
      fdatasyncSync(file);
      times.push(performance.now() - start);
    }
    return quantile(times, 0.5);
  });
  closeSync(file);
  folder.remove();
  return figure('fdatasync of 256 bytes, p50', 'ms', samples);
}

/**
 * Acknowledged Socket.IO messages a second with `callers` in flight, one server process, one client
 * process.
 */
export async function rawAcknowledgements(callers: number, seconds: number, runs: number): Promise<Figure> {
  const args = [...process.execArgv, fileURLToPath(import.meta.url), 'serve'];
  const server = await startProcess(process.execPath, args, 'channel');
  const socket = io(`http://127.0.0.1:${server.said}`, { transports: ['websocket'] });
  await once(socket as unknown as NodeJS.EventEmitter, 'connect');
  const samples = await repeat(runs, () =>
    pump(callers, seconds, (done) => socket.emit('ping', { n: 1 }, done)),
  );
  socket.close();
  server.kill();
  return figure(`raw Socket.IO acknowledgements, ${callers} callers`, 'acks/s', samples);
}

/** Keeps `callers` calls in flight for `seconds`; returns completions a second. */
function pump(callers: number, seconds: number, call: (done: () => void) => void): Promise<number> {
  return new Promise((resolve) => {
    const start = performance.now();
    const end = start + seconds * 1000;
    let completed = 0;
    let running = callers;
    const next = () => {
      completed++;
      if (performance.now() < end) call(next);
      else if (--running === 0) resolve(completed / ((performance.now() - start) / 1000));
    };
    for (let i = 0; i < callers; i++) call(next);
  });
}

if (process.argv[2] === 'serve') {
  const http = createServer();
  new Server(http, { transports: ['websocket'], perMessageDeflate: false }).on('connection', (socket) => {
    socket.on('ping', (_body: unknown, acknowledge: () => void) => acknowledge());
  });
  http.listen(0, '127.0.0.1', () => console.log((http.address() as AddressInfo).port));
  process.on('disconnect', () => process.exit(0));
}
