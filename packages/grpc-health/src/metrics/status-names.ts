import { status } from "@grpc/grpc-js";

/** As gRPC writes it: "DEADLINE_EXCEEDED". */
export const statusName = (code: number): string => status[code] ?? "UNKNOWN";

/** As Go writes it, and every metric in its tradition: "DeadlineExceeded", "OK", and "Canceled" with one l. */
export function goStatusName(code: number): string {
  if (code === status.OK) return "OK";
  if (code === status.CANCELLED) return "Canceled";
  return statusName(code)
    .toLowerCase()
    .replace(/(?:^|_)(\w)/g, (_, letter: string) => letter.toUpperCase());
}
