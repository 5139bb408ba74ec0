import json
import unittest

import grpc

from streamside_grpc_health import instrument, pb
from streamside_grpc_health._calls import address_of
from tests.service import Running, latency, statuses, until


class Calls(unittest.TestCase):
    def start(self, **settings):
        running = Running(**settings)
        self.addCleanup(lambda: self.assertEqual(running.faults, []))
        self.addCleanup(running.close)
        return running

    def test_counts_calls_of_all_kinds(self):
        running = self.start()
        running.get(b"four")
        running.collect(iter([b"one", b"two", b"three"]))
        list(running.feed(b"3x100"))
        list(running.chat(iter([b"one", b"two"])))
        seen = {}
        for name in ("Get", "Collect", "Feed", "Chat"):
            row = running.ended(name)
            seen[name] = (row.kind, row.messages_received, row.bytes_received, row.messages_written)
            seen[name] += (row.messages_flushed, row.bytes_flushed)
            self.assertEqual((row.side, row.started, statuses(row)), (pb.Method.SERVER, 1, {0: 1}))
        self.assertEqual(
            seen,
            {
                "Get": (pb.Method.UNARY, 1, 4, 1, 1, 4),
                "Collect": (pb.Method.CLIENT_STREAM, 3, 11, 1, 1, 11),
                "Feed": (pb.Method.SERVER_STREAM, 1, 5, 3, 3, 300),
                "Chat": (pb.Method.BIDI, 2, 6, 2, 2, 6),
            },
        )

    def test_measures_what_each_kind_is_measured_by(self):
        running = self.start()
        running.get(b"four")
        running.collect(iter([b"one"]))
        list(running.feed(b"3x100"))
        list(running.chat(iter([b"one", b"two"])))
        measured = {}
        for name in ("Get", "Collect", "Feed", "Chat"):
            measured[name] = {row.measure: row.count for row in running.ended(name).latencies}
        measure = pb.Latency
        self.assertEqual(
            measured,
            {
                "Get": {measure.CALL_DURATION: 1},
                "Collect": {measure.CALL_DURATION: 1},
                "Feed": {measure.FIRST_MESSAGE: 1, measure.MESSAGE_GAP: 2},
                "Chat": {measure.MESSAGE_GAP: 1},
            },
        )

    def test_counts_statuses_apart(self):
        running = self.start()
        for request in (b"fine", b"abort", b"raise", b"code", b"wrong"):
            running.get.future(request).exception()
        running.get.future(b"wait", timeout=0.05).exception()
        waiting = running.get.future(b"wait")
        until(lambda: running.calls(), "a live call")
        waiting.cancel()
        ok, cancelled, unknown, deadline, not_found, internal, data_loss = 0, 1, 2, 4, 5, 13, 15
        self.assertEqual(
            statuses(running.ended("Get", 7)),
            {ok: 1, not_found: 1, unknown: 1, data_loss: 1, internal: 1, deadline: 1, cancelled: 1},
        )

    def test_counts_streams_that_fail(self):
        running = self.start()
        with self.assertRaises(grpc.RpcError):
            list(running.feed(b"2x10!"))
        row = running.ended("Feed")
        self.assertEqual((statuses(row), row.messages_flushed), ({2: 1}, 2))

    def test_tells_a_reader_that_does_not_read(self):
        running = self.start()
        paused = running.feed(b"0x50000")
        healthy = running.chat(iter([b"one"]))
        next(paused)
        list(healthy)
        stalled = until(
            lambda: [call for call in running.calls() if call.queued_writes and self.waited(running, call) > 200],
            "a stalled call",
        )
        self.assertEqual(len(stalled), 1)
        call = stalled[0]
        self.assertEqual(call.messages_written - call.messages_flushed, 1)
        self.assertEqual(call.oldest_unflushed_at_ms, call.last_written_at_ms)
        self.assertTrue(call.peer.startswith("127.0.0.1:"))
        self.assertTrue(call.client_name.startswith("tester grpc-python/"))
        self.assertFalse(call.HasField("deadline_at_ms"))
        paused.cancel()
        row = running.ended("Feed")
        self.assertEqual((row.messages_written - row.messages_flushed, row.queued_writes), (1, 0))

    def waited(self, running, call):
        return running.health.snapshot().server_time_ms - call.oldest_unflushed_at_ms

    def test_never_takes_a_slow_producer_for_a_slow_reader(self):
        running = self.start()
        responses = running.feed(b"0x50000w")
        next(responses)
        call = until(lambda: [call for call in running.calls() if call.messages_flushed == 1], "one flushed")[0]
        self.assertEqual((call.messages_written, call.queued_writes), (1, 0))
        self.assertFalse(call.HasField("oldest_unflushed_at_ms"))
        responses.cancel()

    def test_knows_deadlines(self):
        running = self.start()
        responses = running.feed(b"0x1w", timeout=100)
        next(responses)
        call = running.calls()[0]
        self.assertAlmostEqual(call.deadline_at_ms - call.started_at_ms, 100_000, delta=5_000)
        responses.cancel()

    def test_knows_which_calls_share_a_connection(self):
        running = self.start()
        other = grpc.insecure_channel(f"127.0.0.1:{running.port}", (("grpc.use_local_subchannel_pool", 1),))
        self.addCleanup(other.close)
        feeds = [running.feed, running.feed, other.unary_stream("/test.Echo/Feed")]
        open_calls = []
        for feed in feeds:
            open_calls.append(feed(b"0x1w"))
            next(open_calls[-1])
        first, second, third = (call.connection_id for call in running.calls())
        self.assertTrue(first == second != third)
        for call in open_calls:
            call.cancel()
        running.ended("Feed", 3)
        again = running.feed(b"0x1w")
        next(again)
        self.assertGreater(running.calls()[0].connection_id, third)
        self.assertEqual(len(running.health._registry._connections), 1)
        again.cancel()

    def test_leaves_unknown_what_it_cannot_see(self):
        running = self.start()
        responses = running.feed(b"0x1w")
        next(responses)
        call = running.calls()[0]
        for field in ("unread_messages", "unread_since_ms", "open_requests"):
            self.assertFalse(call.HasField(field), field)
        self.assertEqual(call.held_by, pb.Call.HELD_BY_UNSPECIFIED)
        responses.cancel()

    def test_shows_calls_that_wait_for_a_thread(self):
        running = self.start(threads=1)
        first = running.feed(b"0x1w")
        next(first)
        second = running.get.future(b"four")
        calls = until(lambda: len(calls := running.calls()) == 2 and calls, "both")
        self.assertEqual((calls[1].messages_received, calls[1].peer), (0, ""))
        second.cancel()
        first.cancel()
        running.service.go.set()
        self.assertEqual(statuses(running.ended("Get")), {1: 1})

    def test_counts_calls_that_are_one_too_many(self):
        running = self.start(maximum_concurrent_rpcs=1)
        first = running.feed(b"0x1w")
        next(first)
        self.assertEqual(running.get.future(b"four").exception().code(), grpc.StatusCode.RESOURCE_EXHAUSTED)
        self.assertEqual(statuses(running.ended("Get")), {8: 1})
        first.cancel()

    def test_counts_retries(self):
        running = self.start()
        policy = {
            "name": [{}],
            "retryPolicy": {
                "maxAttempts": 3,
                "initialBackoff": "0.01s",
                "maxBackoff": "0.01s",
                "backoffMultiplier": 1,
                "retryableStatusCodes": ["NOT_FOUND"],
            },
        }
        retrying = grpc.insecure_channel(
            f"127.0.0.1:{running.port}", (("grpc.service_config", json.dumps({"methodConfig": [policy]})),)
        )
        self.addCleanup(retrying.close)
        retrying.unary_unary("/test.Echo/Get").future(b"abort").exception()
        row = running.ended("Get", 3)
        self.assertEqual((row.started, row.retries), (3, 2))

    def test_counts_an_end_once(self):
        registry = self.start().health._registry
        call = registry.begin("/test.Echo/Get", pb.Method.UNARY, "", 0)
        for code in (0, 1):
            registry.end(call, code)
        method = registry.methods["/test.Echo/Get"]
        self.assertEqual((method.completed, method.statuses), (1, {0: 1}))

    def test_leaves_out_what_is_excluded(self):
        running = self.start(exclude=("test.Echo",))
        running.get(b"four")
        self.assertEqual(len(running.health.snapshot().methods), 0)

    def test_counts_from_many_threads_without_losing_any(self):
        running = self.start(threads=8)
        for future in [running.get.future(b"four") for _ in range(200)]:
            future.result()
        for responses in [running.feed(b"50x10") for _ in range(8)]:
            list(responses)
        row = running.ended("Get", 200)
        self.assertEqual((row.started, row.messages_flushed, latency(row, pb.Latency.CALL_DURATION).count), (200,) * 3)
        self.assertEqual(running.ended("Feed", 8).messages_flushed, 400)

    def test_instruments_a_server_that_exists_already(self):
        running = Running(observed=False)
        self.addCleanup(running.close)
        plain = grpc.server(None)
        health = instrument(plain)
        plain.add_generic_rpc_handlers((running.service.handlers(),))
        self.assertEqual(health.snapshot().live_calls, 0)
        running.health.instrument(running.server)
        running.get(b"four")
        self.assertEqual(running.ended("Get").completed, 1)


class Addresses(unittest.TestCase):
    def test_are_written_one_way(self):
        for peer, address in {
            "ipv4:127.0.0.1:5000": "127.0.0.1:5000",
            "ipv6:%5B::1%5D:5000": "[::1]:5000",
            "ipv6:[::1]:5000": "[::1]:5000",
            "ipv6:%5B::ffff:10.0.0.1%5D:5000": "10.0.0.1:5000",
            "unix:/tmp/socket": "",
            "": "",
        }.items():
            self.assertEqual(address_of(peer), address)


if __name__ == "__main__":
    unittest.main()
