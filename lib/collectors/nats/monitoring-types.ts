/** What the monitoring endpoints of a NATS server answer, parsed at the edge. */
import { z } from "zod";

/** Beyond 2^53 nothing is exact any more: not known. */
export const known = z.number().nonnegative().max(Number.MAX_SAFE_INTEGER).catch(Number.NaN);

export const varzSchema = z.object({
  server_name: z.string().optional(),
  version: z.string(),
  uptime: z.string().optional(),
  connections: known,
  slow_consumers: known,
  subscriptions: known,
  in_msgs: known,
  out_msgs: known,
});
export type Varz = z.output<typeof varzSchema>;

const connectionSchema = z.object({
  cid: z.number(),
  kind: z.string().optional(),
  name: z.string().optional(),
  ip: z.string().optional(),
  port: z.number().optional(),
  lang: z.string().optional(),
  version: z.string().optional(),
  pending_bytes: known,
  out_msgs: known,
});
export type ConnzConnection = z.output<typeof connectionSchema>;

export const connzSchema = z.object({
  total: known,
  limit: known,
  connections: z.array(connectionSchema),
});
export type Connz = z.output<typeof connzSchema>;
