import type { FilterConfig } from "../config/types.ts";

/** The patterns of a filter as collectors take them. */
export function nameFilter({ include, exclude }: FilterConfig): { include?: RegExp; exclude?: RegExp } {
  return {
    ...(include !== undefined && { include: new RegExp(include, "u") }),
    ...(exclude !== undefined && { exclude: new RegExp(exclude, "u") }),
  };
}
