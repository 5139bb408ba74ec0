import { MORE } from "@/components/shared/table/more-rows";
import { AppLink } from "@/components/shell/app-link";
import { exactCount } from "@/lib/format";

export function AllConsumersLink({ total }: { total: number }) {
  return (
    <AppLink href="/consumers" className={MORE}>
      All {exactCount(total)} consumers
    </AppLink>
  );
}
