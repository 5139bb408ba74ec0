import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";

/** Runs one part of a bench in a process of its own, so that its CPU and memory are nobody else's. */
export function startPart(
  script: string | URL,
  part: string,
  args: readonly string[],
  node: readonly string[] = process.execArgv,
): ChildProcess {
  return fork(fileURLToPath(script), [`--part=${part}`, ...args], {
    execArgv: [...node],
    stdio: ["ignore", "inherit", "inherit", "ipc"],
  });
}

/** The one message that a part sends, and then it ends. */
export function resultOf<T>(child: ChildProcess): Promise<T> {
  return new Promise((resolve, reject) => {
    child.once("message", (message) => {
      resolve(message as T);
      child.disconnect();
    });
    child.once("exit", (code) => reject(new Error(`A part of the bench ended early with code ${code}.`)));
  });
}

/** A part that does something each time it is asked, and tells the result. */
export function answerEach(task: (question: string) => unknown): void {
  process.on("message", async (question: string) => process.send?.(await task(question)));
}

/** Asks such a part once. */
export function askPart<T>(child: ChildProcess, question = "go"): Promise<T> {
  return new Promise((resolve, reject) => {
    const onExit = (code: number | null) =>
      reject(new Error(`A part of the bench ended early with code ${code}.`));
    child.once("exit", onExit);
    child.once("message", (message) => {
      child.off("exit", onExit);
      resolve(message as T);
    });
    child.send(question);
  });
}

export function stopPart(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) return resolve();
    child.once("exit", () => resolve());
    child.kill("SIGTERM");
  });
}
