import { AppLink } from "@/components/shell/app-link";
import { CutMiddle } from "@/components/ui/cut-middle";
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
        <CutMiddle text={`${name} · this call`} className="font-medium" />
      ) : (
        <AppLink href={callHref(call.id)} prefetch={false} className="block font-medium">
          <CutMiddle text={name} title={`${call.method} ${name}`} />
        </AppLink>
      )}
      {where && (
        <CutMiddle
          text={where}
          title={`${call.method} · ${call.peer}`}
          className="text-dim text-xs/4 max-md:hidden"
        />
      )}
    </>
  );
}
