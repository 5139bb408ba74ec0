import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";

interface Compose {
  services: Record<string, { image?: string; build?: string; ports?: string[]; depends_on?: object }>;
}
const { services } = parse(
  readFileSync(new URL("../docker-compose.yml", import.meta.url), "utf8"),
) as Compose;

describe("docker-compose.yml", () => {
  it("has the brokers under the names and ports that the demo looks for, and Streamside over them", () => {
    expect(services.kafka?.ports).toEqual(["127.0.0.1:9092:9092"]);
    expect(services.nats?.ports).toEqual(["127.0.0.1:4222:4222", "127.0.0.1:8222:8222"]);
    expect(Object.keys(services.streamside?.depends_on ?? {})).toEqual(["kafka", "nats"]);
  });

  it("publishes nothing beyond the loopback address", () => {
    for (const [name, { ports = [] }] of Object.entries(services)) {
      for (const port of ports) expect(port, name).toMatch(/^127\.0\.0\.1:/);
    }
  });
});
