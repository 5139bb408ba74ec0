import type { Metadata } from "next";
import { ConsumersTable } from "@/components/pages/consumers/consumers-table";
import { HealthStrip } from "@/components/pages/overview/health-strip";
import { SystemGrid } from "@/components/pages/overview/system-grid";

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
