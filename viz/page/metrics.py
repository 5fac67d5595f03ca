"""The operator's metrics, for `/_stcore/metrics`: sessions, tapes and their bytes, recordings, refusals."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from itertools import accumulate
from threading import Lock

from streamlit.runtime.stats import CounterStat, GaugeStat, HistogramStat, Stat

#: Upper bounds of the histogram of recordings, in seconds.
_BOUNDS = (0.005, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, math.inf)
#: The limits that can refuse a visitor, as the labels of their counters.
LIMITS = ("sessions", "recording", "at_once")


class Metrics:
    """Counts events, and reports them to Streamlit's StatsManager.

    Only recordings and refusals write here; steps do not.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._gauges: dict[str, tuple[Callable[[], int], str, str]] = {}
        self._refused: Counter[str] = Counter()
        self._buckets = [0] * len(_BOUNDS)
        self._seconds = 0.0
        self._iterations = 0

    def watch(self, family: str, value: Callable[[], int], help: str, unit: str = "") -> None:
        """Add a gauge that reads `value`; the name of a family with a unit ends in that unit."""
        self._gauges[family] = (value, help, unit)

    def recorded(self, seconds: float, iterations: int) -> None:
        """Count a recording: the seconds of its thread's work, and the iterations that it added."""
        with self._lock:
            self._buckets[bisect_left(_BOUNDS, seconds)] += 1
            self._seconds += seconds
            self._iterations += iterations

    def refused(self, limit: str) -> None:
        """Count a refusal by one of LIMITS."""
        with self._lock:
            self._refused[limit] += 1

    @property
    def stats_families(self) -> Sequence[str]:
        """The names of the metric families."""
        return (*self._gauges, "viz_recording_seconds", "viz_recorded_iterations", "viz_refusals")

    def get_stats(self, family_names: Sequence[str] | None = None) -> Mapping[str, Sequence[Stat]]:
        """Return the numbers of these families (None: of all), by the family's name."""
        with self._lock:
            counts, seconds, iterations = list(self._buckets), self._seconds, self._iterations
            refused = dict(self._refused)
        families: dict[str, Sequence[Stat]] = {
            name: [GaugeStat(name, value(), unit=unit, help=help)]
            for name, (value, help, unit) in self._gauges.items()
        }
        families["viz_recording_seconds"] = [
            HistogramStat(
                "viz_recording_seconds",
                tuple(zip(_BOUNDS, accumulate(counts), strict=True)),
                seconds,
                sum(counts),
                unit="seconds",
                help="Seconds of work that a recording took.",
            )
        ]
        families["viz_recorded_iterations"] = [
            CounterStat("viz_recorded_iterations", iterations, help="Iterations that were recorded.")
        ]
        families["viz_refusals"] = [
            CounterStat("viz_refusals", refused.get(limit, 0), {"limit": limit}, help="What a limit refused.")
            for limit in LIMITS
        ]
        return {name: stats for name, stats in families.items() if family_names is None or name in family_names}


metrics = Metrics()
