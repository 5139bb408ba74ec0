/**
 * The path of a method from what Envoy makes of it. Envoy writes `cluster.C.grpc.<service>.<method>.<figure>`, takes the
 * first word of the service for the label of the service and the second one for that of the method, and leaves the other
 * words in the name, where dots become underscores: `pkg.v1.Things/Get_All` has service `pkg`, method `v1` and
 * `Things_Get_All` in the name. Where dots of services are replaced before (`replace_dots_in_grpc_service_name`), the
 * labels are whole and only the dots are lost.
 *
 * @param known paths that the target is known to have: whichever reads the same is the one meant
 */
export function envoyPath(
  service: string,
  method: string,
  rest: string,
  known: ReadonlyMap<string, string>,
): string {
  const words = rest === "" ? [service, method] : [service, method, ...rest.split("_")];
  const found = known.get(squeezed(words.join("_")));
  if (found !== undefined) return found;
  // Services are written with a capital, packages are not.
  const name = rest === "" ? 0 : words.findIndex((word, at) => at < words.length - 1 && /^[A-Z]/.test(word));
  const end = name < 0 ? words.length - 1 : name + 1;
  return `/${words.slice(0, end).join(".")}/${words.slice(end).join("_")}`;
}

/** A path with everything that Envoy may have replaced made equal. */
export function squeezed(path: string): string {
  return path.replace(/^\//, "").replace(/[^a-zA-Z0-9]/g, "_");
}
