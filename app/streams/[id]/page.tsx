import type { Metadata } from "next";
import { routeId } from "@/app/route-id";
import { StreamPage } from "@/components/pages/stream/stream-page";

interface Props {
  params: Promise<{ id: string }>;
}

export async function generateMetadata({ params }: Props): Promise<Metadata> {
  return { title: await routeId(params) };
}

export default async function StreamRoute({ params }: Props) {
  const id = await routeId(params);
  return <StreamPage key={id} id={id} />;
}
