import type { PointerEventHandler } from "react";

/** Properties of an element that has a title while someone points at it. */
export interface HoverTitle {
  readonly onPointerEnter: PointerEventHandler<HTMLElement>;
  readonly onPointerLeave: PointerEventHandler<HTMLElement>;
}

/** Of what changes every second: a title that nobody points at need not be put into words and written each time. */
export function hoverTitle(title: () => string): HoverTitle {
  return {
    onPointerEnter({ currentTarget }) {
      currentTarget.title = title();
    },
    onPointerLeave({ currentTarget }) {
      currentTarget.removeAttribute("title");
    },
  };
}
