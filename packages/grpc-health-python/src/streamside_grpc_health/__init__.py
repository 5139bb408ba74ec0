"""See inside gRPC calls while they live: per-call health for servers of grpcio. See README.md."""

from __future__ import annotations

import os
import uuid
import weakref
from concurrent import futures
from typing import Callable, Iterable, Iterator, Optional

import grpc

from . import _stream_health_pb2 as pb
from ._calls import CallRegistry
from ._server import ServerInterceptor
from ._watch import ChangeCursor, WatchSession

__version__ = "0.1.0"
__all__ = ["OBSERVING_SERVICES", "SERVICE_NAME", "StreamHealth", "UnsupportedServer", "instrument", "pb"]

SERVICE_NAME = "streamside.health.v1.StreamHealth"

#: Services that observe other services: not counted unless `exclude` says otherwise.
OBSERVING_SERVICES = (
    "grpc.health.v1.Health",
    "grpc.reflection.v1.ServerReflection",
    "grpc.reflection.v1alpha.ServerReflection",
    "grpc.channelz.v1.Channelz",
)

_WATCHES_AT_MOST = 32


class UnsupportedServer(Exception):
    """It keeps its interceptors elsewhere: give `interceptor()` to `grpc.server()` instead. Not for `grpc.aio`."""


class StreamHealth:
    """
    Counts the calls of the servers that have its interceptor, and serves the result.

    :param exclude: full names of services whose calls are not counted. StreamHealth itself never is.
    :param now: epoch milliseconds, never stepping back. Default: the process's monotonic clock.
    :param on_fault: told of each exception inside the instrumentation. They never reach a call.
    """

    def __init__(
        self,
        *,
        exclude: Iterable[str] = OBSERVING_SERVICES,
        now: Optional[Callable[[], float]] = None,
        on_fault: Optional[Callable[[BaseException], None]] = None,
    ) -> None:
        self._registry = CallRegistry(now, on_fault)
        self._started_at = self._registry.now()
        self._instance = (os.getpid(), uuid.uuid4().hex)
        self._excluded = frozenset(exclude) | {SERVICE_NAME}
        self._sessions: "weakref.WeakSet[WatchSession]" = weakref.WeakSet()

    def interceptor(self) -> grpc.ServerInterceptor:
        """The first of the interceptors of `grpc.server()`: next to the transport."""
        return ServerInterceptor(self._registry, lambda path: path[1 : path.rfind("/")] in self._excluded)

    def instrument(self, server: grpc.Server) -> None:
        """Adds the interceptor to a server that exists already. Before it is started."""
        try:
            from grpc._interceptor import service_pipeline

            state = server._state
            existing = state.interceptor_pipeline.interceptors if state.interceptor_pipeline else ()
        except (ImportError, AttributeError) as error:
            raise UnsupportedServer(f"{type(server)} of grpcio {grpc.__version__}") from error
        state.interceptor_pipeline = service_pipeline((self.interceptor(), *existing))

    def add_to(self, server: grpc.Server) -> None:
        """Serves `streamside.health.v1.StreamHealth/Watch` on this server."""

        def watch(request: pb.WatchRequest, context: grpc.ServicerContext) -> Iterator[pb.WatchResponse]:
            session = WatchSession(request, context, self._registry, self._process)
            self._sessions.add(session)
            return session.responses()

        # Threads of its own: a server that is busy with all of its own is just what should be seen.
        watch.experimental_thread_pool = futures.ThreadPoolExecutor(_WATCHES_AT_MOST, "stream-health")
        handler = grpc.unary_stream_rpc_method_handler(
            watch,
            request_deserializer=pb.WatchRequest.FromString,
            response_serializer=pb.WatchResponse.SerializeToString,
        )
        server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(SERVICE_NAME, {"Watch": handler}),))
        stop = server.stop

        # A graceful stop waits for open calls, and a Watch would keep it waiting to the end.
        def stop_watches_too(*args, **kwargs):
            stopped = stop(*args, **kwargs)
            self.end_watches()
            return stopped

        server.stop = stop_watches_too

    def snapshot(self) -> pb.WatchResponse:
        """Everything now, as the first response of a Watch without a limit would say it."""
        cursor = ChangeCursor(self._registry, self._process, 1 << 62)
        try:
            return cursor.next(0, 0)
        finally:
            cursor.close()

    def end_watches(self) -> None:
        """Ends the Watch calls being served. Counting goes on."""
        for session in list(self._sessions):
            session.stop()

    def _process(self) -> pb.Process:
        # A process that was forked off counts for itself.
        if self._instance[0] != os.getpid():
            self._instance = (os.getpid(), uuid.uuid4().hex)
        return pb.Process(
            instance_id=self._instance[1],
            started_at_ms=self._started_at,
            implementation=f"streamside-grpc-health-python/{__version__} (grpcio {grpc.__version__})",
        )


def instrument(server: grpc.Server, **settings) -> StreamHealth:
    """The one line: counts every call of `server` and serves the result on it. Before it is started."""
    health = StreamHealth(**settings)
    health.instrument(server)
    health.add_to(server)
    return health
