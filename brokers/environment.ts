/** Environment variables as read here; `process.env` is one. (NodeJS.ProcessEnv demands NODE_ENV once Next's types are loaded.) */
export type Environment = Readonly<Record<string, string | undefined>>;

/** The same, as `spawn` wants it typed. */
export function childEnvironment(env: Environment): NodeJS.ProcessEnv {
  return { ...env } as NodeJS.ProcessEnv;
}
