import type { ZodError } from "zod";

/** RFC 9457. */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly errors?: readonly { readonly path: string; readonly message: string }[];
}

const TITLES = {
  400: "Bad request",
  403: "Forbidden",
  404: "Not found",
  405: "Method not allowed",
  414: "Address too long",
  421: "Misdirected request",
  429: "Too many requests",
  500: "Internal error",
  501: "Not implemented",
  502: "Bad gateway",
  503: "Not ready",
  504: "Gateway timeout",
} as const;

/** An error for a person and a program, in the form of RFC 9457. */
export function problem(status: keyof typeof TITLES, detail: string, errors?: Problem["errors"]): Problem {
  return { type: "about:blank", title: TITLES[status], status, detail, ...(errors && { errors }) };
}

/** What does not fit a schema, every mistake at once. */
export function schemaProblem(what: string, error: ZodError): Problem {
  const errors = error.issues.slice(0, 20).map(({ path, message }) => ({ path: path.join("."), message }));
  const first = errors[0];
  const where = first === undefined || first.path === "" ? "" : ` at “${first.path.slice(0, 100)}”`;
  return problem(400, `${what} does not fit its schema${where}: ${first?.message ?? "unknown"}`, errors);
}
