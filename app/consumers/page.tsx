import type { Metadata } from "next";
import { ConnectionsTable } from "@/components/pages/consumers/connections-table";
import { ConsumersTable } from "@/components/pages/consumers/consumers-table";

export const metadata: Metadata = { title: "Consumers" };

export default function ConsumersPage() {
  return (
    <div className="flex flex-col gap-4">
      <h1 className="sr-only">Consumers</h1>
      <ConsumersTable />
      <ConnectionsTable />
    </div>
  );
}
