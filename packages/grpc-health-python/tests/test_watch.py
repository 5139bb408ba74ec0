import os
import subprocess
import sys
import time
import unittest
from unittest import mock

import grpc

from streamside_grpc_health import pb
from streamside_grpc_health._watch import ChangeCursor, WatchSession
from tests.service import Running, until, watch_on


class Watch(unittest.TestCase):
    def start(self, **settings):
        running = Running(**settings)
        self.addCleanup(lambda: self.assertEqual(running.faults, []))
        self.addCleanup(running.close)
        return running

    def cursor(self, running, max_calls=1000):
        cursor = ChangeCursor(running.health._registry, running.health._process, max_calls)
        self.addCleanup(cursor.close)
        return cursor

    def test_begins_with_everything_and_goes_on_with_what_changed(self):
        running = self.start()
        running.get(b"four")
        running.ended("Get")
        open_call = running.feed(b"0x1w")
        next(open_call)
        responses = running.watch(interval_ms=100)
        first = next(responses)
        self.assertTrue(first.snapshot)
        self.assertEqual({row.path for row in first.methods}, {"/test.Echo/Get", "/test.Echo/Feed"})
        self.assertEqual((len(first.calls), first.live_calls, first.interval_ms), (1, 1, 100))
        self.assertIn("streamside-grpc-health-python/", first.process.implementation)
        second = next(responses)
        self.assertEqual((second.snapshot, len(second.methods), len(second.calls)), (False, 0, 0))
        self.assertFalse(second.HasField("process"))
        self.assertGreater(second.server_time_ms, first.server_time_ms)
        open_call.cancel()
        last = until(lambda: (seen := next(responses)).ended_call_ids and seen, "ended")
        self.assertEqual(list(last.ended_call_ids), [first.calls[0].id])
        self.assertEqual([(row.call.id, row.code) for row in last.ended_calls], [(first.calls[0].id, 1)])
        self.assertGreaterEqual(last.ended_calls[0].ended_at_ms, first.server_time_ms)

    def test_limits_intervals(self):
        running = self.start()
        granted = {asked: next(running.watch(interval_ms=asked)).interval_ms for asked in (0, 1, 250, 1 << 31)}
        self.assertEqual(granted, {0: 1000, 1: 100, 250: 250, 1 << 31: 60_000})

    def test_tells_calls_that_come_and_go_between_responses(self):
        running = self.start()
        cursor = self.cursor(running)
        cursor.next(0, 0)
        for request in (b"fine", b"abort"):
            running.get.future(request).exception()
        running.ended("Get", 2)
        response = cursor.next(0, 0)
        self.assertEqual([row.code for row in response.ended_calls], [5, 0])
        self.assertEqual(response.ended_calls[1].call.messages_flushed, 1)
        self.assertEqual(len(cursor.next(0, 0).ended_calls), 0)

    def test_keeps_the_worst_of_many_that_ended(self):
        running = self.start()
        cursor = self.cursor(running)
        registry = running.health._registry
        for code in [0] * 600 + [5] * 3:
            registry.end(registry.begin("/test.Echo/Get", pb.Method.UNARY, "", 0), code)
        codes = [row.code for row in cursor.next(0, 0).ended_calls]
        self.assertEqual(codes, [])  # the first is a snapshot
        for code in [0] * 600 + [5] * 3:
            registry.end(registry.begin("/test.Echo/Get", pb.Method.UNARY, "", 0), code)
        self.assertEqual([row.code for row in cursor.next(0, 0).ended_calls], [5] * 3 + [0] * 497)

    def test_hides_calls_beyond_the_number_asked_for(self):
        running = self.start()
        cursor = self.cursor(running, max_calls=1)
        registry = running.health._registry
        first, second = (registry.begin("/test.Echo/Feed", pb.Method.SERVER_STREAM, "", 0) for _ in range(2))
        seen = cursor.next(0, 0)
        self.assertEqual(([row.id for row in seen.calls], seen.live_calls), ([first.id], 2))
        second.on_written()
        seen = cursor.next(0, 0)
        self.assertEqual(([row.id for row in seen.calls], list(seen.hidden_call_ids)), ([second.id], [first.id]))
        registry.end(second, 0)
        seen = cursor.next(0, 0)
        self.assertEqual(([row.id for row in seen.calls], list(seen.ended_call_ids)), ([first.id], [second.id]))

    def test_skips_responses_for_a_watcher_that_does_not_read(self):
        running = self.start()
        context = mock.Mock()
        session = WatchSession(
            pb.WatchRequest(interval_ms=100), context, running.health._registry, running.health._process
        )
        responses = session.responses()
        with mock.patch("streamside_grpc_health._watch.time") as time:
            time.monotonic.side_effect = [1.0, 1.0, 1.55, 1.65]
            self.assertEqual(next(responses).skipped_responses, 0)
            # The transport takes it half a second later.
            self.assertEqual(next(responses).skipped_responses, 5)

    def test_is_served_while_every_thread_is_busy(self):
        running = self.start(threads=1)
        busy = running.feed(b"0x1w")
        next(busy)
        self.assertEqual(next(running.watch(interval_ms=100)).live_calls, 1)
        busy.cancel()

    def test_ends_when_the_server_stops(self):
        running = self.start()
        responses = running.watch(interval_ms=60_000)
        next(responses)
        began = time.monotonic()
        running.server.stop(30).wait(20)
        self.assertLess(time.monotonic() - began, 10)
        self.assertEqual(list(responses), [])

    def test_lets_the_program_end(self):
        here = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
        path = os.pathsep.join([here, os.path.join(here, "src"), os.environ.get("PYTHONPATH", "")])
        program = "from tests.service import Running\nr = Running()\nprint(r.port, flush=True)\ninput()\n"
        served = subprocess.Popen(
            [sys.executable, "-c", program],
            env={**os.environ, "PYTHONPATH": path},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        self.addCleanup(served.kill)
        with served, grpc.insecure_channel(f"127.0.0.1:{int(served.stdout.readline())}") as channel:
            responses = watch_on(channel, interval_ms=60_000)
            next(responses)
            served.stdin.write(b"\n")
            served.stdin.close()
            self.assertEqual(served.wait(20), 0)

    def test_is_another_process_after_a_fork(self):
        running = self.start()
        before = running.health._process().instance_id
        running.health._instance = (os.getpid() + 1, before)
        self.assertNotEqual(running.health._process().instance_id, before)


if __name__ == "__main__":
    unittest.main()
