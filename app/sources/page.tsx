import type { Metadata } from "next";
import { SourcesPanel } from "@/components/pages/sources/sources-panel";

export const metadata: Metadata = { title: "Sources" };

export default function SourcesPage() {
  return (
    <>
      <h1 className="sr-only">Sources</h1>
      <SourcesPanel />
    </>
  );
}
