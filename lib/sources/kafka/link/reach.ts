import type { Clock } from "../../../async/clock.ts";
import type { CollectorError } from "../../../sample/collector-error.ts";
import type { BrokerLink } from "./link.ts";

/** For how long of its opening the others wait for a broker: the first time, and after it has failed before. */
const FIRST_OPENING_MS = 2000;
const NEXT_OPENING_MS = 500;

/**
 * Opens what is not open. Resolves with everything open, or with some open and the others not soon: they go on
 * opening in the background, so that a broker that is paused or cut off does not slow the samples of the others.
 */
export function reach(clock: Clock, links: readonly BrokerLink[]): Promise<void> {
  return new Promise((resolve) => {
    let cancel: (() => void) | undefined;
    const done = () => {
      cancel?.();
      resolve();
    };
    const check = () => {
      const awaited = links.filter((link) => link.opening && !link.hung && leftFor(link) > 0);
      const someReady = links.some((link) => link.ready);
      if (someReady ? awaited.length === 0 : links.every((link) => !link.opening)) return done();
      if (!someReady || cancel) return;
      cancel = clock.after(Math.max(...awaited.map(leftFor)), done);
    };
    for (const link of links) link.open().then(check, check);
    if (links.length === 0) done();
  });
}

function leftFor(link: BrokerLink): number {
  return (link.failure ? NEXT_OPENING_MS : FIRST_OPENING_MS) - link.openingMs;
}

/**
 * The first answer to something any broker can tell. The next one is asked when the one before has failed, or takes
 * longer than it should. Rejects with every failure.
 */
export function firstAnswer<T>(
  clock: Clock,
  links: readonly BrokerLink[],
  ask: (link: BrokerLink) => Promise<T>,
): Promise<{ readonly link: BrokerLink; readonly answer: T }> {
  return new Promise((resolve, reject) => {
    const failures: CollectorError[] = [];
    let asked = 0;
    let cancel = () => {};
    const askNext = () => {
      cancel();
      const link = links[asked++];
      if (!link) {
        if (failures.length === links.length) reject(failures);
        return;
      }
      cancel = clock.after(link.patience.milliseconds, askNext);
      ask(link).then(
        (answer) => {
          cancel();
          asked = links.length;
          resolve({ link, answer });
        },
        (error: CollectorError) => {
          failures.push(error);
          askNext();
        },
      );
    };
    askNext();
  });
}
