"use client";
import { sentenceText } from "@/lib/format";
import { useClock, useNow } from "@/lib/live";
import { hasInstants, type Sentence } from "@/lib/model/sentence";
import { type HoverTitle, hoverTitle } from "./hover-title";

/** A sentence as it reads now, going on by itself where it tells how long something has been. */
export function SentenceText({ children }: { children: Sentence }) {
  return hasInstants(children) ? <GoingOn sentence={children} /> : children;
}

function GoingOn({ sentence }: { sentence: Sentence }) {
  return sentenceText(sentence, useNow());
}

/** The same for hover. */
export function useSentenceTitle(sentence: Sentence): HoverTitle {
  const now = useClock();
  return hoverTitle(() => sentenceText(sentence, now()));
}
