import type { Metadata } from "next";
import { ConsumersTable } from "@/components/panels/consumers-table";

export const metadata: Metadata = { title: "Consumers" };

export default function ConsumersPage() {
  return (
    <>
      <h1 className="sr-only">Consumers</h1>
      <ConsumersTable />
    </>
  );
}
