/** The dashboard's port could not be had. */
export class ListenError extends Error {
  override readonly name = "ListenError";
  readonly code: "PORT_TAKEN" | "CANNOT_LISTEN";

  constructor(host: string, port: number, cause: NodeJS.ErrnoException) {
    const taken = cause.code === "EADDRINUSE";
    super(
      taken
        ? `Port ${port} on ${host} is taken by another program. Stop it, or choose another with STREAMSIDE_PORT.`
        : `Cannot listen on ${host}, port ${port}: ${cause.message}. Check STREAMSIDE_HOST and STREAMSIDE_PORT.`,
      { cause },
    );
    this.code = taken ? "PORT_TAKEN" : "CANNOT_LISTEN";
  }
}
