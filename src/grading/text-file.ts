/** Files of an answer that should be text. */

/** Why a file is none, in words for its author; undefined where it is one. */
export function whyNotText(path: string, content: Buffer): string | undefined {
  if (!content.includes(0)) return undefined;
  const mark = content.subarray(0, 2).toString("hex");
  return mark === "fffe" || mark === "feff"
    ? `${path} is saved as UTF-16: save it as UTF-8`
    : `${path} is no text file`;
}
