import Link from "next/link";
import { Card } from "@/components/ui/card";
import { EmptyState } from "@/components/ui/empty-state";

export default function NotFound() {
  return (
    <Card>
      <EmptyState titleAs="h1" title="There is no page at this address">
        <Link href="/" className="text-ink underline underline-offset-2">
          Go to the overview
        </Link>
      </EmptyState>
    </Card>
  );
}
