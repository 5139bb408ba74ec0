import { describe, expect, it } from "vitest";
import { channelSection } from "./channel-sections.ts";
import { channelzSections } from "./channelz-sections.ts";

const channel = (id: number, state: string, stateMs = 0) => ({
  ...{
    id,
    target: `t${id}`,
    state,
    stateMs,
    subchannels: 1,
    started: 2,
    succeeded: 1,
    failed: 1,
    lastCallAt: 5,
  },
});
const findings = (asOf: number, ...channels: ReturnType<typeof channel>[]) => ({
  ...{ sockets: [], totalSockets: 0, asOf, sections: [channelSection(channels, false, asOf)] },
});

describe("tables of channelz", () => {
  it("say what is wrong with a channel", () => {
    const { rows, note } = channelSection(
      [
        channel(1, "READY"),
        channel(2, "CONNECTING", 4_999),
        channel(3, "CONNECTING", 12_345),
        channel(4, "TRANSIENT_FAILURE"),
      ],
      true,
      10,
    );
    expect(note).toMatch(/The first 4 of them\.$/);
    expect(rows.map(({ id, trouble }) => [id, trouble])).toEqual([
      ["3", "has been connecting for 12 s"],
      ["4", "cannot connect"],
      ["1", undefined],
      ["2", undefined],
    ]);
    expect(rows[2]!.cells).toEqual(["t1", "READY", 1, 2, 1, 1, 5]);
  });

  it("are one of each kind over all addresses, worst first", () => {
    const one = { name: "10.0.0.1:1", channelz: findings(10, channel(1, "READY")) };
    const two = { name: "10.0.0.2:1", channelz: findings(20, channel(1, "TRANSIENT_FAILURE")) };
    expect(channelzSections([one])).toEqual(one.channelz.sections);
    expect(channelzSections([one, { name: "gone", channelz: null }])).toHaveLength(1);
    const [section, ...more] = channelzSections([one, two]);
    expect(more).toEqual([]);
    expect(section).toMatchObject({
      key: "channelz-channels",
      asOf: 20,
      columns: { 0: { label: "At" }, length: 8 },
    });
    expect(section!.rows).toMatchObject([
      {
        id: "10.0.0.2:1 1",
        cells: ["10.0.0.2:1", "t1", "TRANSIENT_FAILURE", 1, 2, 1, 1, 15],
        trouble: "cannot connect",
      },
      { id: "10.0.0.1:1 1", cells: ["10.0.0.1:1", "t1", "READY", 1, 2, 1, 1, 5] },
    ]);
    expect(section).not.toHaveProperty("total");
  });
});
