// biome-ignore-all lint/suspicious/noTemplateCurlyInString: ${…} is what is tested
import { expect, it } from "vitest";
import { substitute } from "./substitute.ts";

const ENV = { A: "1", EMPTY: "", NESTED: "${A}" };

it.each([
  ["plain $ and } stay", "^a$ {x} $A", "^a$ {x} $A"],
  ["a variable", "x-${A}-y", "x-1-y"],
  ["two variables", "${A}${A}", "11"],
  ["an empty variable", "[${EMPTY}]", "[]"],
  ["the default of an unset variable", "${NOPE:-a:b}", "a:b"],
  ["the default of an empty variable", "${EMPTY:-d}", "d"],
  ["an empty default", "[${NOPE:-}]", "[]"],
  ["an escape", "$${A}", "${A}"],
  ["no second look at what was put in", "${NESTED}", "${A}"],
])("%s", (_, text, value) => {
  expect(substitute(text, ENV)).toMatchObject({ value, problems: [] });
});

it.each([["${NOPE}"], ["${"], ["${}"], ["${A"], ["${1A}"], ["${A-b}"], ["${__proto__}"]])(
  "%s is a problem",
  (text) => {
    expect(substitute(text, ENV).problems).toHaveLength(1);
  },
);
