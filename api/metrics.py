"""How the server fares, as Prometheus reads it: requests, seconds, failures, by route."""

from __future__ import annotations

import threading
import time
from bisect import bisect_left
from collections import defaultdict
from typing import Final

_BOUNDS_S: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)
CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"

Labels = tuple[str, str, str]
"""Method, route and status."""


class Metrics:
    """Counts of one process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._buckets: dict[Labels, list[int]] = defaultdict(lambda: [0] * (len(_BOUNDS_S) + 1))
        self._seconds: dict[Labels, float] = defaultdict(float)
        self._running = 0
        self._began = time.time()

    def begin(self) -> None:
        """Count a request that begins."""
        with self._lock:
            self._running += 1

    def end(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count a request that was answered."""
        labels = (method, route, str(status))
        with self._lock:
            self._running -= 1
            self._buckets[labels][bisect_left(_BOUNDS_S, seconds)] += 1
            self._seconds[labels] += seconds

    def text(self) -> str:
        """Return all figures in Prometheus's text form."""
        name = "fuwuquan_request_seconds"
        with self._lock:
            lines = [
                "# HELP fuwuquan_up_seconds Seconds since the process began.",
                "# TYPE fuwuquan_up_seconds gauge",
                f"fuwuquan_up_seconds {time.time() - self._began:.0f}",
                "# HELP fuwuquan_requests_running Requests that are being answered.",
                "# TYPE fuwuquan_requests_running gauge",
                f"fuwuquan_requests_running {self._running}",
                f"# HELP {name} Seconds to answer a request.",
                f"# TYPE {name} histogram",
            ]
            for labels in sorted(self._buckets):
                method, route, status = labels
                own = f'method="{method}",route="{route}",status="{status}"'
                so_far = 0
                for bound, count in zip((*_BOUNDS_S, "+Inf"), self._buckets[labels], strict=True):
                    so_far += count
                    lines.append(f'{name}_bucket{{{own},le="{bound}"}} {so_far}')
                lines.append(f"{name}_sum{{{own}}} {self._seconds[labels]:.6f}")
                lines.append(f"{name}_count{{{own}}} {so_far}")
        return "\n".join(lines) + "\n"
