import { type AddressInfo, connect, createServer, type Socket } from "node:net";

/** A network between client and server that can stop carrying anything, without either end being told. */
export interface Network {
  address: string;
  freeze(): void;
  /** Ends all connections as a machine does that is switched off and on again. */
  reset(): void;
  close(): void;
}

export async function startProxy(address: string): Promise<Network> {
  const port = Number(address.slice(address.lastIndexOf(":") + 1));
  const sockets: Socket[] = [];
  const proxy = createServer((near) => {
    const far = connect(port, "127.0.0.1");
    sockets.push(near, far);
    for (const socket of [near, far]) socket.on("error", () => {});
    near.pipe(far).pipe(near);
  });
  await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
  return {
    address: `127.0.0.1:${(proxy.address() as AddressInfo).port}`,
    freeze() {
      for (const socket of sockets) {
        socket.unpipe();
        socket.pause();
      }
    },
    reset() {
      for (const socket of sockets) socket.resetAndDestroy();
    },
    close() {
      for (const socket of sockets) socket.destroy();
      proxy.close();
    },
  };
}
