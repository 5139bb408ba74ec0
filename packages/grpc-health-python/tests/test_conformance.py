"""Calls behave as without the package."""

import unittest

import grpc

from tests.service import Running, until

UNARY = (b"fine", b"abort", b"raise", b"code", b"wrong")
STREAMS = (b"0x10", b"3x10", b"2x10!", b"0x50000")


class Conformance(unittest.TestCase):
    def both(self, **settings):
        made = [Running(observed=observed, **settings) for observed in (False, True)]
        for running in made:
            self.addCleanup(running.close)
        return made

    def assert_same(self, act, **settings):
        plain, observed = (act(running) for running in self.both(**settings))
        self.assertEqual(plain, observed)

    def test_unary(self):
        for request in UNARY:
            with self.subTest(request):
                self.assert_same(lambda running: outcome(running.get.future(request)))

    def test_requests_as_a_stream(self):
        self.assert_same(lambda running: outcome(running.collect.future(iter([b"one", b"two"]))))

    def test_responses_as_a_stream(self):
        for request in STREAMS[1:3]:
            with self.subTest(request):
                self.assert_same(lambda running: streamed(running.feed(request)))

    def test_both_as_streams(self):
        self.assert_same(lambda running: streamed(running.chat(iter([b"one", b"two"]))))

    def test_a_handler_that_returns_no_iterator(self):
        self.assert_same(lambda running: streamed(running.list(b"")))

    def test_the_generator_is_closed_when_the_client_goes(self):
        def act(running):
            responses = running.feed(STREAMS[3])
            next(responses)
            responses.cancel()
            return until(lambda: running.service.closed, "closed")

        self.assert_same(act)

    def test_unknown_methods(self):
        self.assert_same(lambda running: outcome(running.channel.unary_unary("/test.Echo/None").future(b"")))

    def test_other_interceptors_see_every_call(self):
        class Renaming(grpc.ServerInterceptor):
            def intercept_service(self, continuation, details):
                handler = continuation(details)
                inner = handler.unary_unary
                return grpc.unary_unary_rpc_method_handler(lambda request, context: b"seen " + inner(request, context))

        def act(running):
            return running.get(b"four")

        self.assert_same(act, interceptors=(Renaming(),))

    def test_handlers_that_send_by_themselves(self):
        def act(running):
            def send(request, context, send_response):
                for response in (b"one", b"two", None):
                    send_response(response)

            send.experimental_non_blocking = True
            handler = grpc.method_handlers_generic_handler(
                "test.More", {"Send": grpc.unary_stream_rpc_method_handler(send)}
            )
            running.server.add_generic_rpc_handlers((handler,))
            said = streamed(running.channel.unary_stream("/test.More/Send")(b""))
            if running.health.snapshot().methods:
                row = until(lambda: [m for m in running.health.snapshot().methods if m.completed], "ended")[0]
                self.assertEqual((row.messages_written, row.messages_flushed), (2, 2))
            return said

        self.assert_same(act)

    def test_a_fault_inside_never_reaches_a_call(self):
        def broken():
            raise RuntimeError("no time")

        running = Running(now=broken)
        self.addCleanup(running.close)
        self.assertEqual(running.get(b"four"), b"four")
        self.assertEqual(len(list(running.feed(b"3x10"))), 3)
        self.assertEqual(running.ended("Feed").messages_flushed, 3)
        self.assertGreater(running.health.snapshot().faults, 0)
        self.assertEqual({str(fault) for fault in running.faults}, {"no time"})


def outcome(future):
    error = future.exception()
    said = [future.code(), future.details(), future.initial_metadata(), future.trailing_metadata()]
    return [*said, None if error else future.result()]


def streamed(responses):
    got = []
    try:
        for response in responses:
            got.append(response)
    except grpc.RpcError:
        pass
    return [got, responses.code(), responses.details(), responses.initial_metadata(), responses.trailing_metadata()]


if __name__ == "__main__":
    unittest.main()
