"""The interceptor for servers of `grpc.server()`, which run a handler in a thread.

grpcio asks an iterator of responses for the next one only when the transport has taken the one before, within the flow
control of the peer. So a response is written when the handler hands it out, and flushed when the next is asked for:
between the two it waits for the peer. While the handler makes the next one nothing waits, however long it takes.
"""

from __future__ import annotations

from typing import Any, Callable, Iterator, Optional

import grpc

from ._calls import BIDI, CANCELLED, CLIENT_STREAM, SERVER_STREAM, UNARY, CallRegistry, LiveCall

# A client cancels at its own deadline, a moment before the one that the server computed for itself on arrival.
_DEADLINE_SLACK_MS = 25
# grpcio says that there is no deadline with one that is further away than this.
_NO_DEADLINE_S = 10 * 365 * 86_400
_OK, _UNKNOWN, _DEADLINE_EXCEEDED, _RESOURCE_EXHAUSTED, _INTERNAL = 0, 2, 4, 8, 13

_BEHAVIORS = {UNARY: "unary_unary", CLIENT_STREAM: "stream_unary", SERVER_STREAM: "unary_stream", BIDI: "stream_stream"}


def kind_of(handler: grpc.RpcMethodHandler) -> int:
    if handler.request_streaming:
        return BIDI if handler.response_streaming else CLIENT_STREAM
    return SERVER_STREAM if handler.response_streaming else UNARY


class ServerInterceptor(grpc.ServerInterceptor):
    def __init__(self, registry: CallRegistry, is_excluded: Callable[[str], bool]) -> None:
        self._registry = registry
        self._is_excluded = is_excluded

    def intercept_service(self, continuation, handler_call_details):
        handler = continuation(handler_call_details)
        if handler is None or self._is_excluded(handler_call_details.method):
            return handler
        try:
            return _Handler(self._registry, handler, handler_call_details)
        except Exception as error:
            self._registry.fault(error)
            return handler


class _Handler(grpc.RpcMethodHandler):
    """Stands in for the method's handler in one call."""

    unary_unary = unary_stream = stream_unary = stream_stream = None

    def __init__(self, registry: CallRegistry, inner: grpc.RpcMethodHandler, details: grpc.HandlerCallDetails) -> None:
        kind = kind_of(inner)
        name = _BEHAVIORS[kind]
        behavior = _Behavior(registry, details, kind, getattr(inner, name))
        setattr(self, name, behavior)
        self._behavior = behavior
        self._request_streaming = inner.request_streaming
        self.response_streaming = inner.response_streaming
        self.request_deserializer = behavior.deserializer(inner.request_deserializer)
        self.response_serializer = behavior.serializer(inner.response_serializer)

    @property
    def request_streaming(self) -> bool:
        # grpcio looks at it once it means to serve the call, and not where it turns the call down as one too many.
        self._behavior.accepted = True
        return self._request_streaming


class _Behavior:
    """The handler of one call."""

    def __init__(self, registry: CallRegistry, details: grpc.HandlerCallDetails, kind: int, inner: Callable) -> None:
        client_name, retries = "", 0
        for key, value in details.invocation_metadata or ():
            if key == "user-agent":
                client_name = value
            elif key == "grpc-previous-rpc-attempts":
                retries = int(value) if value.isdigit() else 0
        self._inner = inner
        self._context: Optional[grpc.ServicerContext] = None
        self._failure: Optional[int] = None
        self._finished = False
        self.accepted = False
        # What grpcio looks for on a handler.
        for name in ("experimental_thread_pool", "experimental_non_blocking"):
            if hasattr(inner, name):
                setattr(self, name, getattr(inner, name))
        self._registry = registry
        self._call: Optional[LiveCall] = registry.begin(details.method, kind, client_name, retries)
        self._streams = kind in (SERVER_STREAM, BIDI)

    def __call__(self, request: Any, context: grpc.ServicerContext, *send_response: Callable) -> Any:
        self._serve(context)
        if send_response:
            return self._inner(request, context, self._observed_send(*send_response))
        try:
            response = self._inner(request, context)
        except Exception:
            self._failure = _UNKNOWN
            raise
        if self._streams:
            return _Responses(self, response)
        self._finished = True
        self._call.on_written()
        return response

    def __del__(self) -> None:
        call = getattr(self, "_call", None)
        if call is None or call.served:
            return
        # It was given up before a thread had it, or refused.
        self._registry.never_served(call, self._failure or (CANCELLED if self.accepted else _RESOURCE_EXHAUSTED))

    def deserializer(self, inner: Optional[Callable]) -> Callable:
        call = self._call

        def deserialize(data: bytes) -> Any:
            try:
                message = data if inner is None else inner(data)
            except Exception:
                self._failure = _INTERNAL
                raise
            call.on_received(len(data))
            return message

        return deserialize

    def serializer(self, inner: Optional[Callable]) -> Callable:
        call = self._call

        def serialize(message: Any) -> bytes:
            try:
                data = message if inner is None else inner(message)
            except Exception:
                self._failure = _INTERNAL
                raise
            call.on_serialized(len(data))
            return data

        return serialize

    def next_of(self, responses: Iterator) -> Any:
        call = self._call
        call.on_flushed()
        try:
            response = next(responses)
        except StopIteration:
            self._finished = True
            raise
        except Exception:
            self._failure = _UNKNOWN
            raise
        call.on_written()
        return response

    def _serve(self, context: grpc.ServicerContext) -> None:
        call = self._call
        try:
            self._registry.serve(call, context.peer())
            remaining_s = context.time_remaining()
            if remaining_s is not None and remaining_s < _NO_DEADLINE_S:
                call.deadline_at = self._registry.now() + remaining_s * 1000
            self._context = context
            if not context.add_callback(self._on_end):
                self._on_end()
        except Exception as error:
            self._registry.fault(error)
        call.served = 1

    def _observed_send(self, send_response: Callable) -> Callable:
        """Non-blocking handlers, as grpcio calls them, send by themselves, which returns when the transport took it."""

        def send(response: Any) -> None:
            if response is None:
                self._finished = True
            else:
                self._call.on_written()
            send_response(response)
            if response is not None and self._context is not None and self._context.is_active():
                self._call.on_flushed()

        return send

    def _on_end(self) -> None:
        """The last event of every call that was served: its status is out, or it was cancelled."""
        try:
            code = self._code()
            # A single response goes out together with the status.
            if code == _OK and not self._streams:
                self._call.on_flushed()
            self._registry.end(self._call, code)
        except Exception as error:
            self._registry.fault(error)
        finally:
            self._context = None

    def _code(self) -> int:
        context, call = self._context, self._call
        # grpcio has no public word for it. Without this one, what ended before its handler counts as cancelled.
        client = getattr(getattr(context, "_state", None), "client", None)
        if client == "cancelled" if isinstance(client, str) else not self._finished and self._failure is None:
            at_deadline = call.deadline_at is not None and self._registry.now() >= call.deadline_at - _DEADLINE_SLACK_MS
            return _DEADLINE_EXCEEDED if at_deadline else CANCELLED
        code = context.code()
        if code is None:
            return self._failure or _OK
        return code.value[0] if isinstance(code, grpc.StatusCode) else _UNKNOWN


class _Responses:
    """The responses of one call, as grpcio asks for them. Nothing else may hold it: grpcio drops it to end the handler."""

    __slots__ = ("_behavior", "_responses")

    def __init__(self, behavior: _Behavior, responses: Iterator) -> None:
        self._behavior = behavior
        self._responses = responses

    def __iter__(self) -> _Responses:
        return self

    def __next__(self) -> Any:
        return self._behavior.next_of(self._responses)
