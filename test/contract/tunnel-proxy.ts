/** An HTTP proxy that only tunnels, as in front of clusters in closed networks. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import { connect } from 'node:net';
import type { Duplex } from 'node:stream';

export interface TunnelProxy {
  readonly url: string;
  /** `127.0.0.1:6443` for each tunnel opened. */
  readonly tunnels: readonly string[];
  /** Tunnels open now pass nothing on any more, and nobody is told: a path that died. */
  freeze(): void;
  stop(): Promise<void>;
}

export async function tunnelProxy(): Promise<TunnelProxy> {
  const tunnels: string[] = [];
  const ends: (() => void)[] = [];
  const sockets: Duplex[] = [];
  const proxy = createServer().on('connect', (request, socket) => {
    const target = new URL(`http://${request.url}`);
    tunnels.push(target.host);
    sockets.push(socket);
    const upstream = connect(Number(target.port), target.hostname, () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
      upstream.pipe(socket).pipe(upstream);
    });
    ends.push(() => {
      upstream.unpipe(socket);
      socket.unpipe(upstream);
      upstream.destroy();
    });
    upstream.on('error', () => socket.destroy());
    socket.on('error', () => upstream.destroy());
  });
  proxy.listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  const address = proxy.address();
  return {
    url: `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`,
    tunnels,
    freeze: () => {
      for (const end of ends.splice(0)) end();
    },
    stop: async () => {
      for (const socket of sockets) socket.destroy();
      proxy.close();
      await once(proxy, 'close');
    },
  };
}
