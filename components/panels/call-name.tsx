import { AppLink } from "@/components/shell/app-link";
import type { CallView } from "@/lib/model/call";
import { otherEnd, shortMethod } from "./call-words";
import { callHref } from "./entity-href";

/** Who is at the other end of a call, and under that what else tells it from others. The row's link. */
export function CallName({
  call,
  hasMethod,
  isHere,
}: {
  call: CallView;
  hasMethod: boolean;
  isHere: boolean;
}) {
  const name = otherEnd(call);
  const details = [hasMethod && shortMethod(call.method), call.clientName !== null && call.peer].filter(
    Boolean,
  );
  const where = details.join(" · ");
  return (
    <>
      {isHere ? (
        <span className="block truncate font-medium">{name} · this call</span>
      ) : (
        <AppLink
          href={callHref(call.id)}
          prefetch={false}
          title={`${call.method} ${name}`}
          className="block truncate font-medium"
        >
          {name}
        </AppLink>
      )}
      {where && (
        <span
          className="block truncate text-dim text-xs/4 max-md:hidden"
          title={`${call.method} · ${call.peer}`}
        >
          {where}
        </span>
      )}
    </>
  );
}
