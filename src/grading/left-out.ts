/** What tools put beside an answer: not part of it, and not refused. */

const FOLDERS_AND_FILES = new Set(["node_modules", ".git", ".lab", ".DS_Store", "Thumbs.db", "4913"]);
/** Swap, lock, save and backup files of Vim, Emacs and JetBrains' editors. */
const EDITORS_OWN = [/^\..*\.sw[a-z]$/, /^\.#/, /^#.*#$/, /~$/, /___jb_(tmp|old)___$/];

/** @param name of a file or folder, without what lies above it. */
export function isLeftOut(name: string): boolean {
  return FOLDERS_AND_FILES.has(name) || EDITORS_OWN.some((pattern) => pattern.test(name));
}
