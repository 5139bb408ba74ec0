import fc from "fast-check";
import { expect, it } from "vitest";
import { createFrameFollower } from "./frame-guard.ts";

const frame = (size: number, body = Math.max(0, size)) => {
  const bytes = Buffer.alloc(4 + body);
  bytes.writeInt32BE(size);
  return bytes;
};

it("lets good frames pass, however they are cut", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 4, max: 300 })), fc.integer({ min: 1, max: 50 }), (sizes, cut) => {
      const follow = createFrameFollower();
      const bytes = Buffer.concat(sizes.map((size) => frame(size)));
      for (let at = 0; at < bytes.length; at += cut) expect(follow(bytes.subarray(at, at + cut))).toBeNull();
    }),
  );
});

it.each([-1, -2_147_483_648, 0, 3, 2_147_483_647])(
  "stops at a frame of %d bytes, after good ones too",
  (size) => {
    const follow = createFrameFollower();
    expect(follow(frame(10))).toBeNull();
    expect(follow(frame(size, 0).subarray(0, 3))).toBeNull();
    expect(follow(frame(size, 0).subarray(3))).toMatchObject({
      what: `a frame of ${size} bytes, which is not Kafka`,
    });
  },
);

it("knows a web server and a TLS alert when it sees one", () => {
  expect(createFrameFollower()(Buffer.from("HTTP/1.1 400 Bad Request"))?.what).toBe("HTTP: a web server");
  expect(createFrameFollower()(Buffer.from("15030300020228", "hex"))?.what).toBe("TLS");
});
