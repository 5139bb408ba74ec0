import type { Metadata } from "next";
import { StreamsTable } from "@/components/pages/streams/streams-table";

export const metadata: Metadata = { title: "Streams" };

export default function StreamsPage() {
  return (
    <>
      <h1 className="sr-only">Streams</h1>
      <StreamsTable />
    </>
  );
}
