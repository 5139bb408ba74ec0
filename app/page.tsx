import type { Metadata } from "next";
import { ConsumersTable } from "@/components/panels/consumers-table";
import { HealthStrip } from "@/components/panels/health-strip";
import { SystemGrid } from "@/components/panels/system-grid";

export const metadata: Metadata = { title: "Overview" };

/** On a phone the worst consumers come before the charts. */
export default function OverviewPage() {
  return (
    <>
      <HealthStrip />
      <div className="flex flex-col gap-4">
        <SystemGrid />
        <div className="max-md:order-first">
          <ConsumersTable compact />
        </div>
      </div>
    </>
  );
}
