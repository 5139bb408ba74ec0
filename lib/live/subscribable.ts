export type Listener = () => void;

/** A set of listeners. `subscribe` returns its own undoing and needs no `this`. */
export interface Emitter {
  subscribe(listener: Listener): () => void;
  notify(): void;
  readonly size: number;
}

export function createEmitter(): Emitter {
  const listeners = new Set<Listener>();
  return {
    subscribe(listener) {
      listeners.add(listener);
      return () => {
        listeners.delete(listener);
      };
    },
    notify() {
      for (const listener of [...listeners]) listener();
    },
    get size() {
      return listeners.size;
    },
  };
}
