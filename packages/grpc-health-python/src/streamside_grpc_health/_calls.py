"""What is known of calls: the live ones, and the totals of each method.

A call is written by two threads at most: grpcio's own, which delivers requests and the end, and the one that runs the
handler. Each field has one of them as its only writer, so messages take no lock; beginnings and ends take the
registry's, latencies that of their method.
"""

from __future__ import annotations

import collections
import functools
import ipaddress
import threading
import time
from typing import Callable, Optional
from urllib.parse import unquote

from . import _stream_health_pb2 as pb
from ._latency import LatencyHistogram

UNARY, CLIENT_STREAM = pb.Method.UNARY, pb.Method.CLIENT_STREAM
SERVER_STREAM, BIDI = pb.Method.SERVER_STREAM, pb.Method.BIDI
CANCELLED = 1
_ENDED_AT_MOST = 500


def monotonic_clock() -> Callable[[], float]:
    """Epoch milliseconds that never step back when the wall clock is set."""
    origin = time.time() * 1000 - time.perf_counter() * 1000
    return lambda: origin + time.perf_counter() * 1000


class MethodStats:
    """Totals of one method. What live calls have done is in the calls until they end."""

    __slots__ = ("id", "path", "kind", "lock", "started", "completed", "retries", "statuses", "latencies", "ended")

    def __init__(self, id: int, path: str, kind: int) -> None:
        self.id = id
        self.path = path
        self.kind = kind
        self.lock = threading.Lock()
        self.started = 0
        self.completed = 0
        self.retries = 0
        self.statuses: dict[int, int] = {}
        self.latencies: dict[int, LatencyHistogram] = {}
        self.ended = [0, 0, 0, 0, 0]

    def record(self, measure: int, ms: float) -> None:
        with self.lock:
            histogram = self.latencies.get(measure)
            if histogram is None:
                histogram = self.latencies[measure] = LatencyHistogram()
            histogram.record_ms(ms)


class LiveCall:
    """One call. The hooks are called from inside it, so none of them raises."""

    __slots__ = (
        "registry", "method", "id", "started_at", "peer", "connection_id", "deadline_at", "client_name", "retries", "served",
        "written", "flushed", "received", "bytes_flushed", "bytes_received", "pending_bytes",
        "last_written_at", "last_flushed_at", "last_received_at",
    )  # fmt: skip

    def __init__(self, registry: CallRegistry, method: MethodStats, client_name: str, retries: int) -> None:
        self.registry = registry
        self.method = method
        self.id = 0
        self.started_at = registry.now()
        self.peer = ""
        self.connection_id = 0
        self.deadline_at: Optional[float] = None
        self.client_name = client_name
        self.retries = retries
        self.served = 0
        self.written = 0
        self.flushed = 0
        self.received = 0
        self.bytes_flushed = 0
        self.bytes_received = 0
        self.pending_bytes = 0
        self.last_written_at: Optional[float] = None
        self.last_flushed_at: Optional[float] = None
        self.last_received_at: Optional[float] = None

    @property
    def unflushed_at(self) -> Optional[float]:
        """When the response was written that the transport has not taken; grpcio has one at a time."""
        return self.last_written_at if self.written > self.flushed else None

    @property
    def version(self) -> int:
        """Grows with everything that happens to the call."""
        return self.served + self.written + self.flushed + self.received

    def totals(self) -> tuple[int, int, int, int, int]:
        """Messages written, flushed and received, bytes flushed and received."""
        flushed = self.flushed
        written = self.written
        # The handler may have gone on between the two: there is never more than one on its way.
        return written, max(flushed, written - 1), self.received, self.bytes_flushed, self.bytes_received

    def on_received(self, size: int) -> None:
        try:
            self.bytes_received += size
            self.received += 1
            self.last_received_at = self.registry.now()
        except Exception as error:
            self.registry.fault(error)

    def on_serialized(self, size: int) -> None:
        self.pending_bytes = size

    def on_written(self) -> None:
        """The handler has handed out a response."""
        try:
            self.last_written_at = self.registry.now()
            self.written += 1
        except Exception as error:
            self.registry.fault(error)

    def on_flushed(self) -> None:
        """The transport has taken the response handed out before, if there was one."""
        try:
            if self.written == self.flushed:
                return
            now = self.registry.now()
            before = self.last_flushed_at
            self.bytes_flushed += self.pending_bytes
            self.last_flushed_at = now
            self.flushed += 1
            kind = self.method.kind
            if kind != SERVER_STREAM and kind != BIDI:
                return
            if before is not None:
                self.method.record(pb.Latency.MESSAGE_GAP, now - before)
            elif kind == SERVER_STREAM:
                self.method.record(pb.Latency.FIRST_MESSAGE, now - self.started_at)
        except Exception as error:
            self.registry.fault(error)

    def fill(self, row) -> None:
        """Writes it into a Call message."""
        written, flushed, received, bytes_flushed, bytes_received = self.totals()
        row.id = self.id
        row.method_id = self.method.id
        row.peer = address_of(self.peer)
        row.started_at_ms = self.started_at
        row.client_name = self.client_name
        row.retries = self.retries
        if self.connection_id:
            row.connection_id = self.connection_id
        if self.deadline_at is not None:
            row.deadline_at_ms = self.deadline_at
        row.messages_written = written
        row.messages_flushed = flushed
        row.messages_received = received
        row.bytes_flushed = bytes_flushed
        row.bytes_received = bytes_received
        if self.last_written_at is not None:
            row.last_written_at_ms = self.last_written_at
        if self.last_flushed_at is not None:
            row.last_flushed_at_ms = self.last_flushed_at
        if self.last_received_at is not None:
            row.last_received_at_ms = self.last_received_at
        row.queued_writes = written - flushed
        if written > flushed:
            row.oldest_unflushed_at_ms = self.last_written_at


class EndedCalls:
    """The calls that ended since one watcher was last told, the worst first where there are too many."""

    def __init__(self) -> None:
        self._worst: list[tuple[LiveCall, int, float]] = []
        self._others: list[tuple[LiveCall, int, float]] = []

    def add(self, call: LiveCall, code: int, at: float) -> None:
        kept = self._worst if code != 0 or call.unflushed_at is not None else self._others
        if len(kept) < _ENDED_AT_MOST:
            kept.append((call, code, at))

    def take(self) -> list[tuple[LiveCall, int, float]]:
        taken = (self._worst + self._others)[:_ENDED_AT_MOST]
        self._worst, self._others = [], []
        return taken


class CallRegistry:
    """Everything one process knows of its calls."""

    def __init__(self, now: Optional[Callable[[], float]], on_fault: Optional[Callable[[BaseException], None]]) -> None:
        self.lock = threading.Lock()
        self.live: dict[int, LiveCall] = {}
        self.methods: dict[str, MethodStats] = {}
        self.watchers: set[EndedCalls] = set()
        self.faults = 0
        self._fallback = monotonic_clock()
        self._now = now or self._fallback
        self._on_fault = on_fault
        self._last_call_id = 0
        # By peer, while it has calls: their number, and how many.
        self._connections: dict[str, list[int]] = {}
        self._last_connection_id = 0
        self._unserved: collections.deque[tuple[LiveCall, int]] = collections.deque()

    def now(self) -> float:
        """Never raises: a clock that fails costs accuracy and counts as a fault, and no count is lost with it."""
        try:
            return self._now()
        except Exception as error:
            self.fault(error)
            return self._fallback()

    def fault(self, error: BaseException) -> None:
        """An exception inside the instrumentation ends here."""
        self.faults += 1
        try:
            if self._on_fault is not None:
                self._on_fault(error)
        except Exception:
            # It is the user's code; its failure must not reach a call either.
            pass

    def begin(self, path: str, kind: int, client_name: str, retries: int) -> LiveCall:
        with self.lock:
            self.settle()
            method = self.methods.get(path)
            if method is None:
                method = self.methods[path] = MethodStats(len(self.methods) + 1, path, kind)
            call = LiveCall(self, method, client_name, retries)
            self._last_call_id += 1
            call.id = self._last_call_id
            method.started += 1
            method.retries += retries > 0
            self.live[call.id] = call
            return call

    def serve(self, call: LiveCall, peer: str) -> None:
        """A thread has taken the call. Calls from one address and port are on one connection."""
        with self.lock:
            call.peer = peer
            if call.id not in self.live or address_of(peer) == "":
                return
            connection = self._connections.get(peer)
            if connection is None:
                self._last_connection_id += 1
                connection = self._connections[peer] = [self._last_connection_id, 0]
            connection[1] += 1
            call.connection_id = connection[0]

    def end(self, call: LiveCall, code: int) -> None:
        """May be called more than once; only the first one counts."""
        with self.lock:
            self._end(call, code)

    def never_served(self, call: LiveCall, code: int) -> None:
        """For a call whose handler never ran. Told from a finalizer, which may not take a lock."""
        self._unserved.append((call, code))

    def settle(self) -> None:
        """Ends the calls that were never served. With the lock held."""
        while self._unserved:
            self._end(*self._unserved.popleft())

    def _end(self, call: LiveCall, code: int) -> None:
        if self.live.pop(call.id, None) is None:
            return
        if call.connection_id:
            connection = self._connections[call.peer]
            connection[1] -= 1
            if connection[1] == 0:
                del self._connections[call.peer]
        now = self.now()
        method = call.method
        method.completed += 1
        method.statuses[code] = method.statuses.get(code, 0) + 1
        for i, count in enumerate(call.totals()):
            method.ended[i] += count
        if method.kind == UNARY or method.kind == CLIENT_STREAM:
            method.record(pb.Latency.CALL_DURATION, now - call.started_at)
        for ended in self.watchers:
            ended.add(call, code, now)


@functools.lru_cache(maxsize=1024)
def address_of(peer: str) -> str:
    """grpcio's `ipv4:127.0.0.1:5000` or `ipv6:%5B::1%5D:5000` as `host:port`; empty for what has no address."""
    scheme, _, address = peer.partition(":")
    if scheme not in ("ipv4", "ipv6"):
        return ""
    address = unquote(address)
    host, _, port = address.rpartition(":")
    mapped = ipaddress.ip_address(host.strip("[]").partition("%")[0])
    # A socket that listens on both families shows IPv4 clients in IPv6 form.
    inner = getattr(mapped, "ipv4_mapped", None)
    return f"{inner}:{port}" if inner is not None else address
