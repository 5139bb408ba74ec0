import unittest

from streamside_grpc_health import pb
from streamside_grpc_health._latency import BOUNDS, LatencyHistogram


class Latency(unittest.TestCase):
    def test_bounds_rise(self):
        self.assertEqual(BOUNDS, sorted(set(BOUNDS)))
        self.assertEqual((BOUNDS[0], BOUNDS[-1]), (1, 3_600_000_000))

    def test_a_value_is_at_most_the_bound_of_its_bucket(self):
        for us in (0, 0.4, 1, 1.5, 1000, 123_456, 3_600_000_000, 9e9, -5):
            histogram = LatencyHistogram()
            histogram.record_ms(us / 1000)
            row = pb.Latency()
            histogram.fill(row)
            upper = row.bucket_upper_us[0]
            expected = min(max(us, 0), BOUNDS[-1])
            self.assertGreaterEqual(upper, expected)
            self.assertLessEqual(upper, max(1, expected * 1.045 + 1))
            self.assertAlmostEqual(row.max_us, max(us, 0))

    def test_buckets_add_up_and_are_in_order(self):
        histogram = LatencyHistogram()
        for ms in (5, 1, 300, 1, 5, 5):
            histogram.record_ms(ms)
        row = pb.Latency()
        histogram.fill(row)
        self.assertEqual(list(row.bucket_counts), [2, 3, 1])
        self.assertEqual(list(row.bucket_upper_us), sorted(row.bucket_upper_us))
        self.assertEqual((row.count, row.sum_us), (6, 317_000))


if __name__ == "__main__":
    unittest.main()
