"""Histograms of durations."""

from __future__ import annotations

from bisect import bisect_left

# Upper bounds in microseconds, sixteen to the doubling (a bucket is at most 4.5 % wide), up to one hour.
BOUNDS = sorted({round(2 ** (i / 16)) for i in range(16 * 32) if 2 ** (i / 16) < 3.6e9} | {3_600_000_000})


class LatencyHistogram:
    """Durations of one measure of one method since the process started. Not safe without the method's lock."""

    __slots__ = ("count", "sum_us", "max_us", "buckets")

    def __init__(self) -> None:
        self.count = 0
        self.sum_us = 0.0
        self.max_us = 0.0
        self.buckets: dict[int, int] = {}

    def record_ms(self, ms: float) -> None:
        us = max(0.0, ms * 1000)
        # Longer ones are in the last bucket; sum and maximum stay exact.
        bucket = min(bisect_left(BOUNDS, us), len(BOUNDS) - 1)
        self.buckets[bucket] = self.buckets.get(bucket, 0) + 1
        self.count += 1
        self.sum_us += us
        self.max_us = max(self.max_us, us)

    def fill(self, row) -> None:
        """Writes it into a Latency message."""
        row.count = self.count
        row.sum_us = self.sum_us
        row.max_us = self.max_us
        for bucket in sorted(self.buckets):
            row.bucket_upper_us.append(BOUNDS[bucket])
            row.bucket_counts.append(self.buckets[bucket])
