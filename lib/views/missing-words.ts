/** Those of the words (`filterWords`) that are in none of the texts. */
export function missingWords(
  words: readonly string[],
  texts: readonly (string | null | undefined)[],
): readonly string[] {
  const text = texts.join(" ").toLowerCase();
  return words.filter((word) => !text.includes(word));
}
