import type { Metadata } from "next";
import { EventsTable } from "@/components/pages/events/events-table";

export const metadata: Metadata = { title: "What changed" };

export default function EventsPage() {
  return (
    <>
      <h1 className="sr-only">What changed</h1>
      <EventsTable />
    </>
  );
}
