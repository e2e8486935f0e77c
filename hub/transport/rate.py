"""A token bucket: how fast one socket may ask. Time is an argument."""


class Bucket:
    """`most` requests at once, refilled evenly over `window_s` seconds."""

    __slots__ = ("_at", "_left", "_most", "_per_s")

    def __init__(self, most: int, window_s: float, now_s: float) -> None:
        self._most = float(most)
        self._per_s = most / window_s
        self._left = float(most)
        self._at = now_s

    def take(self, now_s: float) -> float:
        """0.0 when the request may go on, else the seconds until one may."""
        left = self._left + (now_s - self._at) * self._per_s
        left = min(left, self._most)
        self._at = now_s
        if left < 1.0:
            self._left = left
            return (1.0 - left) / self._per_s
        self._left = left - 1.0
        return 0.0
