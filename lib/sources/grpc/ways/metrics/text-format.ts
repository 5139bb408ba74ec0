/** One sample of a Prometheus page. */
export interface Sample {
  readonly name: string;
  readonly labels: ReadonlyMap<string, string>;
  readonly value: number;
}

export interface PageReport {
  /** False: there are lines, and not one of them is a sample. */
  readonly isMetrics: boolean;
  /** Lines that should be samples and are not, and the number of the first one in the page. */
  readonly malformed: number;
  readonly firstMalformed: number;
}

/**
 * Reads a page of the Prometheus text format 0.0.4 or of OpenMetrics 1.0, whichever it is: timestamps and exemplars are
 * passed over, as are comments. A line that is malformed costs only itself. Samples of names that are not wanted are
 * most of a page; but for the first, which shows that it is one, nothing but their name is looked at.
 */
export function readPage(
  page: string,
  isWanted: (name: string) => boolean,
  take: (sample: Sample) => void,
): PageReport {
  let samples = 0;
  let malformed = 0;
  let firstMalformed = 0;
  let number = 0;
  for (let start = 0; start < page.length; ) {
    const newline = page.indexOf("\n", start);
    const end = newline < 0 ? page.length : newline;
    const first = skipSpace(page, start, end);
    start = end + 1;
    number++;
    if (first === end || page[first] === "#") continue;
    const nameEnd = endOfName(page, first);
    const name = page.slice(first, nameEnd);
    const wanted = isWanted(name);
    if (!wanted && name !== "" && samples > 0) continue;
    const sample = readSample(page, name, nameEnd, end);
    if (sample === "malformed") {
      malformed++;
      firstMalformed ||= number;
    } else {
      samples++;
      if (wanted) take(sample);
    }
  }
  return { isMetrics: samples > 0 || malformed === 0, malformed, firstMalformed };
}

function readSample(page: string, name: string, nameEnd: number, end: number): Sample | "malformed" {
  if (name === "") return "malformed";
  const labels = new Map<string, string>();
  let at = skipSpace(page, nameEnd, end);
  if (page[at] === "{") {
    at = readLabels(page, at + 1, end, labels);
    if (at < 0) return "malformed";
  }
  at = skipSpace(page, at, end);
  const valueEnd = endOfWord(page, at, end);
  const value = readValue(page.slice(at, valueEnd));
  const rest = skipSpace(page, valueEnd, end);
  // A timestamp, an exemplar, or both.
  if (value === undefined || (rest < end && !/[-+\d#]/.test(page[rest]!))) return "malformed";
  return { name, labels, value };
}

/** From after the opening brace to after the closing one; -1: malformed. */
function readLabels(page: string, from: number, end: number, labels: Map<string, string>): number {
  for (let at = skipSpace(page, from, end); at < end; ) {
    if (page[at] === "}") return at + 1;
    const nameEnd = endOfName(page, at);
    const equals = skipSpace(page, nameEnd, end);
    const quote = skipSpace(page, equals + 1, end);
    if (nameEnd === at || page[equals] !== "=" || page[quote] !== '"') return -1;
    const close = closingQuote(page, quote + 1, end);
    if (close < 0) return -1;
    labels.set(page.slice(at, nameEnd), unescaped(page.slice(quote + 1, close)));
    at = skipSpace(page, close + 1, end);
    if (page[at] === ",") at = skipSpace(page, at + 1, end);
    else if (page[at] !== "}") return -1;
  }
  return -1;
}

function closingQuote(page: string, from: number, end: number): number {
  for (let at = from; at < end; at++) {
    if (page[at] === "\\") at++;
    else if (page[at] === '"') return at;
  }
  return -1;
}

/** An escape that means nothing stands for itself. */
function unescaped(text: string): string {
  if (!text.includes("\\")) return text;
  return text.replace(/\\([\\"n])/g, (_, escaped: string) => (escaped === "n" ? "\n" : escaped));
}

function readValue(text: string): number | undefined {
  if (/^[-+]?(\d|\.\d)/.test(text)) {
    const value = Number(text);
    return Number.isNaN(value) ? undefined : value;
  }
  switch (text.toLowerCase()) {
    case "nan":
      return Number.NaN;
    case "inf":
    case "+inf":
      return Number.POSITIVE_INFINITY;
    case "-inf":
      return Number.NEGATIVE_INFINITY;
    default:
      return undefined;
  }
}

function skipSpace(page: string, from: number, end: number): number {
  let at = from;
  while (at < end && isSpace(page.charCodeAt(at))) at++;
  return Math.min(at, end);
}

function endOfWord(page: string, from: number, end: number): number {
  let at = from;
  while (at < end && !isSpace(page.charCodeAt(at))) at++;
  return at;
}

/** Space, tab, and the carriage return before a newline. */
function isSpace(code: number): boolean {
  return code === 32 || code === 9 || code === 13;
}

const NAME = /[a-zA-Z_:][\w:]*/y;

function endOfName(page: string, from: number): number {
  NAME.lastIndex = from;
  return NAME.test(page) ? NAME.lastIndex : from;
}
