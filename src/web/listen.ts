/** The HTTP server: its time limits and its orderly end. */
import { createServer, type RequestListener } from 'node:http';

export interface Listening {
  /** `http://127.0.0.1:8080`. */
  readonly url: string;
  /** Takes no new connections, lets answers under way end for at most `seconds`, then cuts them. */
  close(seconds?: number): Promise<void>;
}

export function listen(
  app: RequestListener,
  address: { readonly host: string; readonly port: number },
): Promise<Listening> {
  const server = createServer(
    { headersTimeout: 10_000, requestTimeout: 20_000, keepAliveTimeout: 65_000, maxHeaderSize: 16_384 },
    app,
  );
  server.maxConnections = 2_000;
  // The server outlives a client that talks nonsense.
  server.on('clientError', (_error, socket) => {
    if (socket.writable) socket.end('HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n');
    else socket.destroy();
  });
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(address.port, address.host, () => {
      server.off('error', reject);
      const bound = server.address();
      const port = typeof bound === 'object' && bound !== null ? bound.port : address.port;
      const host = address.host.includes(':') ? `[${address.host}]` : address.host;
      resolve({ url: `http://${host}:${port}`, close: (seconds = 10) => close(seconds) });
    });
  });

  function close(seconds: number): Promise<void> {
    return new Promise((resolve) => {
      const cut = setTimeout(() => server.closeAllConnections(), seconds * 1_000);
      // A connection that was answering when this began would be kept alive after its answer.
      const idle = setInterval(() => server.closeIdleConnections(), 20);
      server.close(() => {
        clearTimeout(cut);
        clearInterval(idle);
        resolve();
      });
    });
  }
}
