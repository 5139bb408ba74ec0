/** How deep what a server says is nested at most, and then some. */
const MOST_DEEP = 64;
/** Less cannot be deep enough to matter. */
const HARMLESS = 1 << 16;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/** Whether a JSON text is nested so deep that parsing it would hold up everything else for seconds. */
export function isDeep(json: string): boolean {
  if (json.length <= HARMLESS) return false;
  let deep = 0;
  let inText = false;
  for (let i = 0; i < json.length; i++) {
    const code = json.charCodeAt(i);
    if (inText) {
      if (code === BACKSLASH) i++;
      else if (code === QUOTE) inText = false;
    } else if (code === QUOTE) inText = true;
    else if (code === 0x5b || code === 0x7b) {
      if (++deep > MOST_DEEP) return true;
    } else if (code === 0x5d || code === 0x7d) deep--;
  }
  return false;
}
