/** Servers that tests put in the place of a NATS server or its monitoring endpoint. */
import { once } from "node:events";
import { createServer as createHttpServer, type RequestListener } from "node:http";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";

export interface Loopback {
  readonly port: number;
  /** Connections accepted so far. */
  readonly accepted: number;
  /** Connections open now. */
  readonly open: number;
  close(): Promise<void>;
}

async function listen(server: Server): Promise<Loopback> {
  const sockets = new Set<Socket>();
  let accepted = 0;
  server.on("connection", (socket) => {
    accepted++;
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    socket.on("error", () => {});
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    get accepted() {
      return accepted;
    },
    get open() {
      return sockets.size;
    },
    async close() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
}

export const listenTcp = (onConnection: (socket: Socket) => void) =>
  listen(
    createServer((socket) => {
      socket.resume(); // a socket nobody reads from does not notice that it was closed
      onConnection(socket);
    }),
  );

export const listenHttp = (handle: RequestListener) => listen(createHttpServer(handle));
