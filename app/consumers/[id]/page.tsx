import type { Metadata } from "next";
import { ConsumerPage } from "@/components/panels/consumer-page";

interface Props {
  params: Promise<{ id: string }>;
}

export async function generateMetadata({ params }: Props): Promise<Metadata> {
  return { title: decodeId((await params).id) };
}

export default async function ConsumerRoute({ params }: Props) {
  const id = decodeId((await params).id);
  return <ConsumerPage key={id} id={id} />;
}

/** Next hands over the segment as the address has it. A broken escape stays as typed: no consumer has that id. */
function decodeId(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}
