/** An HTTP proxy that only tunnels, as in front of clusters in closed networks. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import { connect } from 'node:net';

export interface TunnelProxy {
  readonly url: string;
  /** `127.0.0.1:6443` for each tunnel opened. */
  readonly tunnels: readonly string[];
  stop(): Promise<void>;
}

export async function tunnelProxy(): Promise<TunnelProxy> {
  const tunnels: string[] = [];
  const proxy = createServer().on('connect', (request, socket) => {
    const target = new URL(`http://${request.url}`);
    tunnels.push(target.host);
    const upstream = connect(Number(target.port), target.hostname, () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
      upstream.pipe(socket).pipe(upstream);
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
    stop: async () => {
      proxy.close();
      await once(proxy, 'close');
    },
  };
}
