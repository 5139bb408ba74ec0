import type { Metadata } from "next";
import { routeId } from "@/app/route-id";
import { SourcePage } from "@/components/pages/source/source-page";

interface Props {
  params: Promise<{ id: string }>;
}

export async function generateMetadata({ params }: Props): Promise<Metadata> {
  return { title: await routeId(params) };
}

export default async function SourceRoute({ params }: Props) {
  const id = await routeId(params);
  return <SourcePage key={id} id={id} />;
}
