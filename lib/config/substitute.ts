export type Environment = Readonly<Record<string, string | undefined>>;

export interface Substitution {
  value: string;
  /** True when at least one `${…}` was replaced. */
  replaced: boolean;
  problems: { message: string; expected: string }[];
}

// biome-ignore lint/suspicious/noTemplateCurlyInString: the syntax itself
const SYNTAX = "${NAME} or ${NAME:-default} ($${ for a literal ${)";

/**
 * Replaces `${NAME}` and `${NAME:-default}` in one text from the environment. As in a shell, `:-` also covers a
 * variable that is set but empty. `$${` stands for a literal `${`. What was put in is not looked at again.
 */
export function substitute(text: string, env: Environment): Substitution {
  const problems: Substitution["problems"] = [];
  let replaced = false;
  const value = text.replace(/\$\$\{|\$\{([^}]*)(\}?)/g, (whole, inner: string | undefined, end: string) => {
    if (whole === "$${") return "${";
    const match = end ? /^([A-Za-z_][A-Za-z0-9_]*)(?::-([\s\S]*))?$/.exec(inner ?? "") : null;
    if (!match) {
      problems.push({ message: "has a ${ that is not a variable", expected: SYNTAX });
      return whole;
    }
    const [, name = "", fallback] = match;
    // Object.hasOwn: `${constructor}` is not a variable that is set.
    const found = Object.hasOwn(env, name) ? env[name] : undefined;
    const chosen = fallback === undefined ? found : found || fallback;
    if (chosen === undefined) {
      const message = `environment variable ${name} is not set`;
      problems.push({ message, expected: `${name} in the environment, or \${${name}:-default}` });
      return whole;
    }
    replaced = true;
    return chosen;
  });
  return { value, replaced, problems };
}
