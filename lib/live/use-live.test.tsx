// @vitest-environment jsdom
import { act, cleanup, renderHook } from "@testing-library/react";
import type { ReactNode } from "react";
import { renderToString } from "react-dom/server";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { FrameOf } from "../model/live.ts";
import { problem } from "../model/problem.ts";
import { createFakeLive } from "./live.fixture.tsx";
import { LiveProvider, useAt } from "./live-provider.tsx";
import { useBusy, useClock, useConnection, useLive, useNow, usePastAsOf, useRunningNow } from "./use-live.ts";

const T0 = 1_790_000_000_000;
let live: ReturnType<typeof createFakeLive>;
let wrapper: typeof live.Provider;

beforeEach(() => {
  vi.useFakeTimers({ now: T0 });
  live = createFakeLive(() => Date.now());
  wrapper = live.Provider;
});
afterEach(() => {
  cleanup();
  vi.useRealTimers();
});

const FULL = problem(429, "There is no room.");
const pass = (ms: number) => act(() => vi.advanceTimersByTime(ms));
const frameOf = (total: number): FrameOf["streams"] => ({
  asOf: T0,
  meta: { total, all: total },
  rows: [],
  series: null,
});

/** Two tables of streams with one filter, of which one keeps its last rows while it changes. */
function tables() {
  const { result, rerender, unmount } = renderHook(
    ({ q }) => ({
      kept: useLive<"streams">({ view: "streams", q }, { keepPrevious: true }),
      plain: useLive<"streams">({ view: "streams", q }),
    }),
    { wrapper, initialProps: { q: "a" } },
  );
  return {
    totals: () => [result.current.kept, result.current.plain].map(({ frame }) => frame?.meta.total ?? null),
    problems: () => [result.current.kept, result.current.plain].map(({ problem }) => problem),
    filter: (q: string) => rerender({ q }),
    unmount,
  };
}

describe("a live query", () => {
  it("shows what the server says, and what it says next; however many show it, it is asked once", () => {
    live.answer("streams", frameOf(1));
    const { totals } = tables();
    expect(totals()).toEqual([1, 1]);
    live.answer("streams", frameOf(2));
    expect(totals()).toEqual([2, 2]);
    expect(live.asked("streams")).toHaveLength(1);
  });

  it("keeps the last frame until the first one of the changed query is there, where that is wanted", () => {
    live.answer("streams", ({ q }) => (q === "a" ? frameOf(1) : null));
    const { totals, filter } = tables();
    filter("b");
    expect(totals()).toEqual([1, null]);
    live.answer("streams", ({ q }) => frameOf(q === "a" ? 1 : 2));
    expect(totals()).toEqual([2, 2]);
  });

  it("keeps the frame that was shown last, not the first one", () => {
    live.answer("streams", ({ q }) => (q === "c" ? null : frameOf(q === "a" ? 1 : 2)));
    const { totals, filter } = tables();
    filter("b");
    filter("c");
    expect(totals()).toEqual([2, null]);
  });

  it("says why it is refused, also where the last frame is kept", () => {
    live.answer("streams", frameOf(1));
    const { totals, problems, filter } = tables();
    live.refuse("streams", FULL);
    filter("b");
    expect(problems()).toEqual([FULL, FULL]);
    expect(totals()).toEqual([null, null]);
    filter("a");
    expect(problems()).toEqual([null, null]);
    expect(totals()).toEqual([1, 1]);
  });

  it("needs a provider", () => {
    const silenced = vi.spyOn(console, "error").mockImplementation(() => {});
    expect(() => renderHook(() => useNow())).toThrow("LiveProvider");
    silenced.mockRestore();
  });
});

describe("a moment that is over", () => {
  const wrapperAt: { at: number | null } = { at: null };
  const AtMoment = ({ children }: { children: ReactNode }) => (
    <live.Provider at={wrapperAt.at}>{children}</live.Provider>
  );
  const screen = () => {
    wrapperAt.at = null;
    const { result, rerender } = renderHook(
      () => {
        const { frame, problem } = useLive<"streams">({ view: "streams" });
        const [now, runningNow, clock] = [useNow() - T0, useRunningNow() - T0, useClock()() - T0];
        const shown = [
          frame?.meta.total ?? null,
          frame?.asOf === undefined ? null : frame.asOf - T0,
          problem,
        ];
        return { shown, now, runningNow, clock, at: useAt(), isBusy: useBusy(), asOf: usePastAsOf() };
      },
      { wrapper: AtMoment },
    );
    const goTo = (at: number | null) => {
      wrapperAt.at = at;
      rerender();
    };
    return { result, goTo };
  };

  it("is shown of everything, the clock too, while time goes on; then the page is live again", () => {
    live.answer("streams", frameOf(1));
    const { result, goTo } = screen();
    pass(2_000);
    goTo(T0 - 60_000);
    pass(3_000);
    live.answer("streams", frameOf(2));
    expect(result.current).toEqual({
      shown: [1, -60_000, null],
      ...{ now: -60_000, runningNow: 4_000, clock: -60_000, at: T0 - 60_000, isBusy: false },
      asOf: T0 - 60_000,
    });
    goTo(null);
    expect(result.current).toMatchObject({ shown: [2, 5_000, null], now: 5_000, at: null });
  });

  it("leaves what is there until it has come, and says that it is waited for", () => {
    live.answer("streams", frameOf(1));
    const { result, goTo } = screen();
    live.holdPast();
    goTo(T0 - 1_000);
    expect(result.current).toMatchObject({ shown: [1, 0, null], isBusy: true });
    live.releasePast();
    expect(result.current).toMatchObject({ shown: [1, -1_000, null], isBusy: false });
  });

  it("is asked for once; who moves on meanwhile skips what is between", () => {
    live.answer("streams", frameOf(1));
    const { result, goTo } = screen();
    live.holdPast();
    for (const ago of [1, 2, 3, 4]) goTo(T0 - ago * 1_000);
    live.releasePast();
    expect(live.pastAsked.map(([, at]) => at - T0)).toEqual([-1_000, -4_000]);
    expect(result.current).toMatchObject({ shown: [1, -4_000, null], isBusy: false });
  });

  it("of which there is nothing shows why, and no other moment", () => {
    live.answer("streams", frameOf(1));
    const { result, goTo } = screen();
    const nothing = problem(404, "Nothing is recorded of that moment.");
    live.refuse("streams", nothing);
    goTo(T0 - 1_000);
    expect(result.current).toMatchObject({ shown: [null, null, nothing], isBusy: false });
  });

  it("is asked for again where the connection was lost meanwhile, and later where the server is busy", () => {
    live.answer("streams", frameOf(1));
    const { result, goTo } = screen();
    live.holdPast();
    goTo(T0 - 1_000);
    live.disconnect();
    live.reconnect();
    live.releasePast();
    expect(result.current).toMatchObject({ shown: [1, -1_000, null], isBusy: false });
    live.refuse("streams", FULL);
    goTo(T0 - 2_000);
    expect(result.current).toMatchObject({ shown: [1, -1_000, null], isBusy: true });
    live.answer("streams", frameOf(2));
    pass(2_000);
    expect(result.current).toMatchObject({ shown: [2, -2_000, null], isBusy: false });
  });
});

describe("a connection", () => {
  const screen = () =>
    renderHook(
      () => ({ ...useConnection(), total: useLive<"streams">({ view: "streams" }).frame?.meta.total }),
      { wrapper },
    ).result;

  it("that is lost is told with since when; what was shown stays until there is something newer", () => {
    live.answer("streams", frameOf(1));
    const shown = screen();
    expect(shown.current).toMatchObject({ status: "live", total: 1 });
    pass(7_000);
    live.disconnect();
    live.answer("streams", frameOf(2));
    expect(shown.current).toMatchObject({ status: "lost", since: T0 + 7_000, total: 1 });
    pass(60_000);
    live.reconnect();
    expect(shown.current).toMatchObject({ status: "live", since: T0 + 67_000, total: 2 });
  });

  it("that is open and says nothing for 5 s counts as lost until it speaks again", () => {
    live.answer("streams", frameOf(1));
    const shown = screen();
    live.fallSilent();
    pass(5_000);
    expect(shown.current.status).toBe("live");
    pass(2_000);
    expect(shown.current).toMatchObject({ status: "lost", total: 1 });
    live.reconnect();
    expect(shown.current.status).toBe("live");
  });

  it("in which nothing changes is not lost: what is silent is asked again", () => {
    live.answer("streams", frameOf(1));
    const shown = screen();
    for (let second = 0; second < 60; second++) pass(1_000);
    expect(shown.current).toMatchObject({ status: "live", since: T0 });
  });
});

describe("a screen", () => {
  it("ticks once a second, with the data where there is some", () => {
    live.answer("streams", frameOf(1));
    const ticks: number[] = [];
    renderHook(
      () => {
        useLive<"streams">({ view: "streams" });
        const now = useNow() - T0;
        if (ticks.at(-1) !== now) ticks.push(now);
      },
      { wrapper },
    );
    pass(700);
    for (let second = 1; second <= 3; second++) {
      live.answer("streams", frameOf(1 + second));
      pass(1_000);
    }
    expect(ticks).toEqual([0, 700, 1_700, 2_700]);
  });

  it("that goes takes its connection and its clock with it; one that comes back asks again", () => {
    live.answer("streams", frameOf(1));
    const { unmount } = tables();
    expect(live.isConnected()).toBe(true);
    unmount();
    expect(live.isConnected()).toBe(false);
    pass(5_000);
    expect(vi.getTimerCount()).toBe(0);
    expect(tables().totals()).toEqual([1, 1]);
    expect(live.asked("streams")).toHaveLength(2);
  });

  it("is live also where React starts it, stops it and starts it again", () => {
    live.answer("streams", frameOf(1));
    const { result } = renderHook(() => useLive<"streams">({ view: "streams" }), {
      wrapper,
      reactStrictMode: true,
    });
    live.answer("streams", frameOf(2));
    expect(result.current.frame?.meta.total).toBe(2);
  });

  it("knows nothing while the server renders it, and connects to nothing", () => {
    function Probe() {
      const { frame, problem } = useLive<"streams">({ view: "streams" });
      return JSON.stringify([
        frame,
        problem,
        useConnection().status,
        useNow(),
        useRunningNow(),
        useAt(),
        useBusy(),
      ]);
    }
    const html = renderToString(
      <LiveProvider>
        <Probe />
      </LiveProvider>,
    );
    expect(html.replaceAll("&quot;", '"')).toBe('[null,null,"connecting",0,0,null,false]');
  });
});
