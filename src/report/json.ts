import type { ResultDocument } from "../grading/result.ts";

/** The result document of one submission; of several, an array of them. */
export function renderJson(documents: readonly ResultDocument[]): string {
  return `${JSON.stringify(documents.length === 1 ? documents[0] : documents, null, 2)}\n`;
}
