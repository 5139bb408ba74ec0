"use client";
import { createContext, type ReactNode, useContext, useEffect, useState } from "react";
import { createLiveClient, type LiveClient } from "./live-client.ts";

const LiveContext = createContext<LiveClient | null>(null);

/** One live client for the whole page, the one given first. Nothing connects before it is mounted in a browser. */
export function LiveProvider({ client: given, children }: { client?: LiveClient; children: ReactNode }) {
  const [client] = useState(() => given ?? createLiveClient());
  useEffect(() => client.start(), [client]);
  return <LiveContext value={client}>{children}</LiveContext>;
}

export function useLiveClient(): LiveClient {
  const client = useContext(LiveContext);
  if (!client) throw new Error("Live hooks need a LiveProvider above them.");
  return client;
}
