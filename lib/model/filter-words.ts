/** What may stand between the words of a filter: blanks, and the dot that the screen puts between the parts of a name. */
const BETWEEN_WORDS = /[\s·]+/;

/**
 * The words of a filter, lower case; a row matches where each of them is somewhere in what is shown of it. None: everything
 * matches.
 */
export function filterWords(q: string | undefined): readonly string[] {
  return q === undefined ? [] : [...new Set(q.toLowerCase().split(BETWEEN_WORDS))].filter(Boolean);
}
