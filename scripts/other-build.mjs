// Another revision, built in a worktree of its own, to take turns with: `npm run bench -- NAME --against REV`.
import { execFileSync } from "node:child_process";
import { mkdtempSync, realpathSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { exit, root, run } from "./steps.mjs";

/**
 * Builds a revision with its own packages. Exits where there is no such revision or it does not build.
 * @param {string} revision anything git knows it by
 * @returns {Promise<{ folder: string, remove: () => void }>}
 */
export async function buildRevision(revision) {
  const commit = commitOf(revision);
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "streamside-against-")));
  git("worktree", "add", "--detach", "--force", folder, commit);
  const remove = () => git("worktree", "remove", "--force", folder);
  const title = `Building ${revision} to compare with`;
  const { code } = await run(title, [process.execPath, join("scripts", "build.mjs")], { cwd: folder });
  if (code === 0) return { folder, remove };
  remove();
  exit(`${revision} could not be built; what it said is above.`);
}

function commitOf(revision) {
  try {
    return git("rev-parse", "--verify", "--quiet", "--end-of-options", `${revision}^{commit}`).trim();
  } catch {
    exit(`There is no revision ${revision} here. Name a commit, a branch or a tag of this repository.`);
  }
}

function git(...args) {
  return execFileSync("git", args, { cwd: root, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
}
