import { z } from "zod";
import { SYSTEMS } from "../model/system.ts";

/** What a parent may ask of a demo it started, over the process's own channel: nothing of it listens on a port. */
export const demoCommand = z.discriminatedUnion("do", [
  z.strictObject({ id: z.number(), do: z.literal("producing"), system: z.enum(SYSTEMS), on: z.boolean() }),
  /** SIGKILL. */
  z.strictObject({ id: z.number(), do: z.literal("kill"), system: z.enum(SYSTEMS) }),
  /** Starts again what was killed, at the same address. */
  z.strictObject({ id: z.number(), do: z.literal("return"), system: z.enum(SYSTEMS) }),
]);
export type DemoCommand = z.infer<typeof demoCommand>;

export interface DemoReply {
  readonly id: number;
  readonly error: string | null;
}

/** The one line of `--json-ready`. */
export interface DemoReady {
  readonly url: string;
  readonly pid: number;
  readonly systems: readonly {
    readonly system: string;
    readonly how: string;
    readonly address: string | null;
  }[];
}
