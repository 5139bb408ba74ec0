import type { Metadata } from "next";
import { CallsTable } from "@/components/shared/calls/calls-table";

export const metadata: Metadata = { title: "Live calls" };

export default function CallsPage() {
  return (
    <>
      <h1 className="sr-only">Live calls</h1>
      <CallsTable />
    </>
  );
}
