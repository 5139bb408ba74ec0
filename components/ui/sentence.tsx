"use client";
import type { PointerEvent } from "react";
import { sentenceText } from "@/lib/format";
import { useClock, useNow } from "@/lib/live";
import { hasInstants, type Sentence } from "@/lib/model/sentence";

/** A sentence as it reads now, going on by itself where it tells how long something has been. */
export function SentenceText({ children }: { children: Sentence }) {
  return hasInstants(children) ? <GoingOn sentence={children} /> : children;
}

function GoingOn({ sentence }: { sentence: Sentence }) {
  return sentenceText(sentence, useNow());
}

/** The same for hover: it is put into words anew each time someone points at the element, not each second. */
export function useSentenceTitle(sentence: Sentence) {
  const now = useClock();
  return {
    title: sentenceText(sentence, now()),
    onPointerEnter({ currentTarget }: PointerEvent<HTMLElement>) {
      currentTarget.title = sentenceText(sentence, now());
    },
  };
}
