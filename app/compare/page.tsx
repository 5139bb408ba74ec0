import type { Metadata } from "next";
import { ComparePage } from "@/components/pages/compare/compare-page";

export const metadata: Metadata = { title: "Compare" };

export default function CompareRoute() {
  return (
    <>
      <h1 className="sr-only">Compare</h1>
      <ComparePage />
    </>
  );
}
