"""StreamHealth/Watch: a snapshot, then what changed."""

from __future__ import annotations

import concurrent.futures.thread  # noqa: F401  registers its own end first
import threading
import time
import weakref
from typing import Callable, Iterator

import grpc

from . import _stream_health_pb2 as pb
from ._calls import CallRegistry, EndedCalls, LiveCall

DEFAULT_INTERVAL_MS, SHORTEST_INTERVAL_MS, LONGEST_INTERVAL_MS = 1000, 100, 60_000
DEFAULT_MAX_CALLS, HIGHEST_MAX_CALLS = 1000, 10_000


class ChangeCursor:
    """What one reader has been told so far, and so what to tell it next."""

    def __init__(self, registry: CallRegistry, process: Callable[[], pb.Process], max_calls: int) -> None:
        self._registry = registry
        self._process = process
        self._max_calls = max_calls
        self._methods: dict[int, tuple] = {}
        self._calls: dict[int, int] = {}
        self._ended = EndedCalls()
        self._first = True
        with registry.lock:
            registry.watchers.add(self._ended)

    def close(self) -> None:
        with self._registry.lock:
            self._registry.watchers.discard(self._ended)

    def next(self, interval_ms: int, skipped: int) -> pb.WatchResponse:
        registry = self._registry
        response = pb.WatchResponse(snapshot=self._first, interval_ms=interval_ms, skipped_responses=skipped)
        if self._first:
            response.process.CopyFrom(self._process())
        with registry.lock:
            registry.settle()
            # Inside the lock: a call that ended between the two would be counted twice, and then once.
            live = list(registry.live.values())
            self._add_methods(response, live)
            ended = self._ended.take()
        response.server_time_ms = registry.now()
        response.live_calls = len(live)
        response.faults = registry.faults
        self._add_calls(response, live)
        if not self._first:
            for call, code, at in ended:
                row = response.ended_calls.add(code=code, ended_at_ms=at)
                call.fill(row.call)
        self._first = False
        return response

    def _add_methods(self, response: pb.WatchResponse, live: list[LiveCall]) -> None:
        of_method: dict[int, list[LiveCall]] = {}
        for call in live:
            of_method.setdefault(call.method.id, []).append(call)
        for method in self._registry.methods.values():
            totals = list(method.ended)
            unflushed = []
            for call in of_method.get(method.id, ()):
                for i, count in enumerate(call.totals()):
                    totals[i] += count
                at = call.unflushed_at
                if at is not None:
                    unflushed.append(at)
            version = (method.started, method.completed, *totals, len(unflushed), min(unflushed, default=0))
            if self._methods.get(method.id) == version:
                continue
            self._methods[method.id] = version
            row = response.methods.add(
                id=method.id,
                path=method.path,
                kind=method.kind,
                side=pb.Method.SERVER,
                started=method.started,
                completed=method.completed,
                statuses=[pb.StatusCount(code=code, count=count) for code, count in method.statuses.items()],
                messages_written=totals[0],
                messages_flushed=totals[1],
                messages_received=totals[2],
                bytes_flushed=totals[3],
                bytes_received=totals[4],
                queued_writes=len(unflushed),
                retries=method.retries,
            )
            if unflushed:
                row.oldest_unflushed_at_ms = min(unflushed)
            with method.lock:
                for measure, histogram in method.latencies.items():
                    histogram.fill(row.latencies.add(measure=measure))

    def _add_calls(self, response: pb.WatchResponse, live: list[LiveCall]) -> None:
        reported = {}
        for call in select_calls(live, self._max_calls):
            version = call.version
            reported[call.id] = version
            if self._calls.get(call.id) != version:
                call.fill(response.calls.add())
        live_ids = {call.id for call in live}
        for gone in self._calls.keys() - reported.keys():
            (response.hidden_call_ids if gone in live_ids else response.ended_call_ids).append(gone)
        self._calls = reported


def select_calls(live: list[LiveCall], at_most: int) -> list[LiveCall]:
    """Those with the oldest unflushed write first, then those that started first."""
    if len(live) <= at_most:
        return live
    never = float("inf")

    def rank(call: LiveCall) -> tuple[float, int]:
        at = call.unflushed_at
        return never if at is None else at, call.id

    return sorted(live, key=rank)[:at_most]


# Open Watch calls of the process. Their threads would keep a program that has come to its end.
_open: "weakref.WeakSet[WatchSession]" = weakref.WeakSet()


def _end_all() -> None:
    for session in list(_open):
        session.stop()


# Threads of pools are waited for before any `atexit`, and in the reverse order of registering.
getattr(threading, "_register_atexit", lambda _: None)(_end_all)


class WatchSession:
    """One Watch call: the responses that its thread hands out, never more than one on its way."""

    def __init__(
        self,
        request: pb.WatchRequest,
        context: grpc.ServicerContext,
        registry: CallRegistry,
        process: Callable[[], pb.Process],
    ) -> None:
        asked = request.interval_ms or DEFAULT_INTERVAL_MS
        self._interval_ms = min(max(asked, SHORTEST_INTERVAL_MS), LONGEST_INTERVAL_MS)
        self._max_calls = min(request.max_calls or DEFAULT_MAX_CALLS, HIGHEST_MAX_CALLS)
        self._registry = registry
        self._process = process
        self._stopped = threading.Event()
        _open.add(self)
        if not context.add_callback(self.stop):
            self.stop()

    def stop(self) -> None:
        self._stopped.set()

    def responses(self) -> Iterator[pb.WatchResponse]:
        cursor = ChangeCursor(self._registry, self._process, self._max_calls)
        interval_s = self._interval_ms / 1000
        skipped = 0
        due = time.monotonic()
        try:
            while not self._stopped.is_set():
                response = cursor.next(self._interval_ms, skipped)
                handed_out = time.monotonic()
                yield response
                # Asked for another one: the transport took that one just now.
                now = time.monotonic()
                skipped += int((now - handed_out) / interval_s)
                due = max(due + interval_s, now)
                self._stopped.wait(due - now)
        finally:
            cursor.close()
            _open.discard(self)
