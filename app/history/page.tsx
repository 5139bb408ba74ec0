import type { Metadata } from "next";
import { HistoryPage } from "@/components/pages/history/history-page";

export const metadata: Metadata = { title: "History" };

export default function HistoryRoute() {
  return (
    <>
      <h1 className="sr-only">History</h1>
      <HistoryPage />
    </>
  );
}
