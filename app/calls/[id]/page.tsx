import type { Metadata } from "next";
import { routeId } from "@/app/route-id";
import { CallPage } from "@/components/pages/call/call-page";

interface Props {
  params: Promise<{ id: string }>;
}

export async function generateMetadata({ params }: Props): Promise<Metadata> {
  return { title: await routeId(params) };
}

export default async function CallRoute({ params }: Props) {
  const id = await routeId(params);
  return <CallPage key={id} id={id} />;
}
