import { createSocket } from "node:dgram";
import { isIPv6 } from "node:net";

/** A DNS server on loopback that knows one set of addresses for every name. */
export interface TestDns {
  /** `host:port`. */
  readonly address: string;
  /** What it answers from now on; null: nothing at all. */
  answers: readonly string[] | null;
  /** Questions so far. */
  asked: number;
  close(): void;
}

const A = 1;
const AAAA = 28;

export async function startDns(answers: readonly string[]): Promise<TestDns> {
  const socket = createSocket("udp4");
  const dns: TestDns = { address: "", answers, asked: 0, close: () => socket.close() };
  socket.on("message", (question, { port, address }) => {
    dns.asked++;
    if (dns.answers !== null) socket.send(reply(question, dns.answers), port, address);
  });
  await new Promise<void>((resolve) => socket.bind(0, "127.0.0.1", resolve));
  return Object.assign(dns, { address: `127.0.0.1:${socket.address().port}` });
}

/** RFC 1035, section 4: the question again, and a record for each address of the kind that was asked for. */
function reply(query: Buffer, addresses: readonly string[]): Buffer {
  let end = 12;
  while (query[end] !== 0) end += query[end]! + 1;
  end += 5;
  const type = query.readUInt16BE(end - 4);
  const records = addresses
    .filter((address) => isIPv6(address) === (type === AAAA) && (type === A || type === AAAA))
    .map((address) => {
      const data = isIPv6(address) ? bytesOfV6(address) : Buffer.from(address.split(".").map(Number));
      const head = Buffer.alloc(12);
      head.writeUInt16BE(0xc00c, 0);
      head.writeUInt16BE(type, 2);
      head.writeUInt16BE(1, 4);
      head.writeUInt16BE(data.length, 10);
      return Buffer.concat([head, data]);
    });
  const header = Buffer.alloc(12);
  query.copy(header, 0, 0, 2);
  header.writeUInt16BE(0x8580, 2);
  header.writeUInt16BE(1, 4);
  header.writeUInt16BE(records.length, 6);
  return Buffer.concat([header, query.subarray(12, end), ...records]);
}

function bytesOfV6(address: string): Buffer {
  const [left = "", right = ""] = address.split("::");
  const groups = (text: string) =>
    text === "" ? [] : text.split(":").map((group) => Number.parseInt(group, 16));
  const [head, tail] = [groups(left), groups(right)];
  const all = [...head, ...new Array<number>(8 - head.length - tail.length).fill(0), ...tail];
  return Buffer.from(all.flatMap((group) => [group >> 8, group & 0xff]));
}
