import type { Metadata } from "next";
import { routeId } from "@/app/route-id";
import { ConsumerPage } from "@/components/pages/consumer/consumer-page";

interface Props {
  params: Promise<{ id: string }>;
}

export async function generateMetadata({ params }: Props): Promise<Metadata> {
  return { title: await routeId(params) };
}

export default async function ConsumerRoute({ params }: Props) {
  const id = await routeId(params);
  return <ConsumerPage key={id} id={id} />;
}
