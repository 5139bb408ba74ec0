"use client";
import { useEffect } from "react";
import { useConnection } from "@/lib/live";
import type { Severity } from "@/lib/model/status";
import { type TabState, tabIcon, tabTitle } from "./tab-state";

/**
 * What the tab says of the page: how it is, then what it is about; its icon has the colour of the severity. Both are only
 * touched when they change, and nothing is announced.
 */
export function PageTitle({
  name,
  status,
  severity,
}: {
  name: string;
  status?: string;
  severity?: Severity;
}) {
  const connection = useConnection();
  const state: TabState = connection.status === "lost" ? "lost" : (severity ?? "good");
  const title = tabTitle(name, status, state);
  useEffect(() => keepTitle(title), [title]);
  useEffect(() => keepIcon(tabIcon(state)), [state]);
  return null;
}

/**
 * Next writes the title it knows at its own time: after this page is there, or that of the next page while this one still is.
 * What it wrote last is what stays when this page goes.
 */
function keepTitle(title: string): () => void {
  let theirs = document.title;
  const write = () => {
    if (document.title === title) return;
    theirs = document.title;
    document.title = title;
  };
  write();
  const observer = new MutationObserver(write);
  observer.observe(document.head, { childList: true, subtree: true, characterData: true });
  return () => {
    observer.disconnect();
    if (document.title === title) document.title = theirs;
  };
}

function keepIcon(href: string): () => void {
  const link = document.head.querySelector<HTMLLinkElement>("link[rel~='icon']");
  const before = link?.getAttribute("href");
  if (!link || before == null) return () => {};
  link.setAttribute("href", href);
  return () => link.setAttribute("href", before);
}
