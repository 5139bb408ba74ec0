import { describe, expect, it } from "vitest";
import { mapPeeked } from "./peek.ts";

const bytes = (text: string) => new TextEncoder().encode(text);
const message = (headers: string, payload: Uint8Array | string) => ({
  ...{ sequence: 7, subject: "orders.paid", at: 1_700_000_000_000 },
  headers: bytes(headers),
  payload: typeof payload === "string" ? bytes(payload) : payload,
});
const peeked = (payload: Uint8Array | string, showsPayload = true) => {
  const { payload: text, payloadNote } = mapPeeked(message("", payload), showsPayload);
  return [text, payloadNote];
};

describe("one message as it may be shown", () => {
  it("has its headers in their order, also those that are there twice", () => {
    const headers = "NATS/1.0\r\nB: two\r\nA:one\r\nB: three: four\r\n\r\n";
    expect(mapPeeked(message(headers, "{}"), true)).toEqual({
      ...{ sequence: 7, subject: "orders.paid", at: 1_700_000_000_000 },
      headers: [
        { key: "B", value: "two" },
        { key: "A", value: "one" },
        { key: "B", value: "three: four" },
      ],
      bytes: 2,
      payload: "{}",
      payloadNote: null,
    });
    expect(mapPeeked(message("NATS/1.0 404\r\nno colon\r\n: no key\r\n\r\n", ""), true).headers).toEqual([]);
  });

  it("does not grow with what is in it", () => {
    const many = `NATS/1.0\r\n${"a: b\r\n".repeat(5_000)}`;
    expect(mapPeeked(message(many, ""), true).headers).toHaveLength(200);
    const [long] = mapPeeked(message(`NATS/1.0\r\na: ${"x".repeat(1e6)}\r\n`, ""), true).headers;
    expect(long!.value).toHaveLength(2_001);
  });

  it("keeps its payload to itself unless that is allowed", () => {
    expect(peeked("secret", false)).toEqual([null, expect.stringContaining("peekPayload")]);
    expect(peeked("secret")).toEqual(["secret", null]);
    expect(mapPeeked(message("", "secret"), false).bytes).toBe(6);
  });

  it("shows the beginning of a long text, in whole characters", () => {
    const [text, note] = peeked(`a${"é".repeat(5_000)}`);
    expect(text).toBe(`a${"é".repeat(2_047)}`);
    expect(note).toContain("4 KiB");
    expect(peeked("é".repeat(2_048))).toEqual(["é".repeat(2_048), null]);
  });

  it("shows nothing that is no text", () => {
    const binary = [null, "Not text."];
    expect(peeked(Uint8Array.of(0xff, 0xfe))).toEqual(binary);
    expect(peeked(Uint8Array.of(8, 1, 16, 2)), "as protocol buffers are").toEqual(binary);
    expect(peeked(Uint8Array.of(0x61, 0xc3)), "half a character at its end").toEqual(binary);
    expect(peeked("tab\tand\r\nline\u001b[0m")).toEqual(["tab\tand\r\nline\u001b[0m", null]);
    expect(peeked("")).toEqual(["", null]);
  });
});
