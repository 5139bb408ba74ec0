"use client";
import { createContext, type ReactNode, useContext, useEffect, useState } from "react";
import type { EpochMs } from "../model/reading.ts";
import { createLiveClient, type LiveClient } from "./live-client.ts";

const LiveContext = createContext<LiveClient | null>(null);
const MomentContext = createContext<EpochMs | null>(null);

/**
 * One live client for the whole page, the one given first. Nothing connects before it is mounted in a browser.
 *
 * @param at the moment that all of the page is of; null: now
 */
export function LiveProvider({
  client: given,
  at = null,
  children,
}: {
  client?: LiveClient;
  at?: EpochMs | null;
  children: ReactNode;
}) {
  const [client] = useState(() => given ?? createLiveClient());
  useEffect(() => client.start(), [client]);
  return (
    <LiveContext value={client}>
      <MomentContext value={at}>{children}</MomentContext>
    </LiveContext>
  );
}

/** The moment that all of the page is of; null: it is live. */
export function useAt(): EpochMs | null {
  return useContext(MomentContext);
}

export function useLiveClient(): LiveClient {
  const client = useContext(LiveContext);
  if (!client) throw new Error("Live hooks need a LiveProvider above them.");
  return client;
}
