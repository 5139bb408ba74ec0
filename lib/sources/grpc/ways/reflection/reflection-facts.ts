import type { SourceFact } from "../../../../model/source.ts";
import { countOf, namesText } from "../../../event-text.ts";
import type { MethodCatalogue } from "../ways.ts";

/** What a target declares, over all of its addresses. */
export function reflectionFacts(catalogues: readonly (MethodCatalogue | null)[]): SourceFact[] {
  const told = catalogues.filter((catalogue) => catalogue !== null);
  if (told.length === 0) return [];
  const methods = new Set(told.flatMap(({ methods }) => methods.map(({ path }) => path)));
  const services = new Set([...methods].map((path) => path.slice(1, path.lastIndexOf("/"))));
  const known = new Set(told.flatMap(({ services }) => services));
  const unread = new Set(told.flatMap(({ unread }) => unread));
  const versions = [...new Set(told.map(({ version }) => version))].sort().join(" and ");
  const all = `services: ${namesText([...known].sort())}`;
  const missing =
    unread.size === 0 ? "" : `; descriptors could not be read: ${namesText([...unread].sort())}`;
  return [
    {
      label: "Declares",
      value: `${countOf(methods.size, "method")} of ${countOf(services.size, "service")}${
        unread.size === 0 ? "" : `, ${countOf(unread.size, "more service")} could not be read`
      }`,
      title: `From reflection ${versions}: methods and their kinds, those never called as well; ${all}${missing}`,
    },
  ];
}
