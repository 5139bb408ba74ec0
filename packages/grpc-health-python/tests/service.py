"""A service of all four kinds on a real server, with raw bytes as messages, and what tests do with it."""

from __future__ import annotations

import threading
import time
from concurrent import futures

import grpc

from streamside_grpc_health import SERVICE_NAME, StreamHealth, pb


def until(look, what="", within_s=10.0):
    """Waits for something that is true; returns it."""
    deadline = time.monotonic() + within_s
    while True:
        seen = look()
        if seen:
            return seen
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {within_s} s: {what}")
        time.sleep(0.005)


class Service:
    """`go` lets through what waits: a producer that is slow until told."""

    def __init__(self):
        self.go = threading.Event()
        self.closed = 0

    def get(self, request, context):
        if request == b"abort":
            context.set_trailing_metadata((("why", "asked"),))
            context.abort(grpc.StatusCode.NOT_FOUND, "none")
        if request == b"raise":
            raise ValueError("boom")
        if request == b"code":
            context.set_code(grpc.StatusCode.DATA_LOSS)
            context.set_details("lost")
        if request == b"wait":
            self.go.wait(10)
        if request == b"wrong":
            return 5
        context.send_initial_metadata((("hello", "there"),))
        return request

    def collect(self, requests, context):
        return b"".join(requests)

    def feed(self, request, context):
        """b"3x1000": three of a thousand bytes each; b"0x…": without an end; b"…!": fails then; b"…w": waits first."""
        count, _, size = request.rstrip(b"!w").decode().partition("x")
        made = 0
        try:
            while int(count) == 0 or made < int(count):
                yield bytes(int(size))
                made += 1
                if request.endswith(b"w"):
                    self.go.wait(10)
            if request.endswith(b"!"):
                raise ValueError("boom")
        finally:
            self.closed += 1

    def chat(self, requests, context):
        yield from requests

    def handlers(self):
        strict = {"response_serializer": lambda message: message[:]}
        return grpc.method_handlers_generic_handler(
            "test.Echo",
            {
                "Get": grpc.unary_unary_rpc_method_handler(self.get, **strict),
                "Collect": grpc.stream_unary_rpc_method_handler(self.collect),
                "Feed": grpc.unary_stream_rpc_method_handler(self.feed),
                "Chat": grpc.stream_stream_rpc_method_handler(self.chat),
                "List": grpc.unary_stream_rpc_method_handler(lambda request, context: [b"no iterator"]),
            },
        )


class Running:
    """A server, and one connection to it."""

    def __init__(self, threads=10, observed=True, interceptors=(), maximum_concurrent_rpcs=None, **settings):
        self.faults = []
        self.service = Service()
        self.health = StreamHealth(**{"on_fault": self.faults.append, **settings})
        own = (self.health.interceptor(),) if observed else ()
        self.server = grpc.server(
            futures.ThreadPoolExecutor(threads),
            interceptors=(*own, *interceptors),
            maximum_concurrent_rpcs=maximum_concurrent_rpcs,
        )
        self.server.add_generic_rpc_handlers((self.service.handlers(),))
        if observed:
            self.health.add_to(self.server)
        self.port = self.server.add_insecure_port("127.0.0.1:0")
        self.server.start()
        self.channel = grpc.insecure_channel(
            f"127.0.0.1:{self.port}", (("grpc.use_local_subchannel_pool", 1), ("grpc.primary_user_agent", "tester"))
        )
        self.get = self.channel.unary_unary("/test.Echo/Get")
        self.collect = self.channel.stream_unary("/test.Echo/Collect")
        self.feed = self.channel.unary_stream("/test.Echo/Feed")
        self.chat = self.channel.stream_stream("/test.Echo/Chat")
        self.list = self.channel.unary_stream("/test.Echo/List")

    def watch(self, **request):
        return watch_on(self.channel, **request)

    def method(self, name):
        for row in self.health.snapshot().methods:
            if row.path == f"/test.Echo/{name}":
                return row
        return None

    def calls(self):
        return list(self.health.snapshot().calls)

    def ended(self, name, count=1):
        """The method, once so many of its calls have ended."""
        return until(lambda: (row := self.method(name)) and row.completed >= count and row, f"{name} ended")

    def close(self):
        self.service.go.set()
        self.channel.close()
        self.server.stop(None).wait()


def watch_on(channel, **request):
    method = channel.unary_stream(
        f"/{SERVICE_NAME}/Watch",
        request_serializer=pb.WatchRequest.SerializeToString,
        response_deserializer=pb.WatchResponse.FromString,
    )
    return method(pb.WatchRequest(**request))


def statuses(row):
    return {status.code: status.count for status in row.statuses}


def latency(row, measure):
    return next((histogram for histogram in row.latencies if histogram.measure == measure), None)
