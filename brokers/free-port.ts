import { type AddressInfo, connect, createServer } from "node:net";

const loopback = "127.0.0.1";

/** A loopback port nobody uses right now: the preferred one where it is free. Another process may still take it first. */
export async function pickPort(preferred?: number): Promise<number> {
  if (preferred !== undefined && (await isFree(preferred))) return preferred;
  const port = await listenOnce(0);
  if (port === undefined) throw new Error("No free loopback port");
  return port;
}

/** So many different ones. */
export async function pickPorts(count: number): Promise<number[]> {
  const ports = new Set<number>();
  while (ports.size < count) ports.add(await pickPort());
  return [...ports];
}

export async function isFree(port: number): Promise<boolean> {
  // Some systems allow binding loopback beside a listener on every interface, so ask whether one answers, too.
  return !(await accepts(port)) && (await listenOnce(port)) !== undefined;
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: loopback, port });
    const done = (answer: boolean) => {
      socket.destroy();
      resolve(answer);
    };
    socket.setTimeout(1_000, () => done(true));
    socket.once("connect", () => done(true));
    socket.once("error", () => done(false));
  });
}

function listenOnce(port: number): Promise<number | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(undefined));
    server.listen({ host: loopback, port, exclusive: true }, () => {
      const bound = (server.address() as AddressInfo).port;
      server.close(() => resolve(bound));
    });
  });
}
