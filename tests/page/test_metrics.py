"""The counts for operators are right, with their units, and under the names that OpenMetrics wants."""

from __future__ import annotations

from streamlit.runtime.stats import StatsManager

from viz.page.metrics import Metrics


def _lines(metrics: Metrics, family: str) -> list[str]:
    manager = StatsManager()
    manager.register_provider(metrics)
    return [line for stat in manager.get_stats([family])[family] for line in stat.to_metric_str().splitlines()]


def test_recordings_are_counted_and_their_seconds_and_iterations_summed() -> None:
    metrics = Metrics()
    for seconds, iterations in [(0.01, 3), (0.02, 4), (0.3, 100), (7.0, 1)]:
        metrics.recorded(seconds, iterations)
    lines = dict(line.rsplit(" ", 1) for line in _lines(metrics, "viz_recording_seconds"))
    counts = [
        lines[f'viz_recording_seconds_bucket{{le="{bound}"}}'] for bound in ("0.005", "0.02", "0.5", "2.5", "+Inf")
    ]
    assert counts == ["0", "2", "3", "3", "4"]
    assert float(lines["viz_recording_seconds_sum"]) == 7.33
    assert lines["viz_recording_seconds_count"] == "4"
    assert _lines(metrics, "viz_recorded_iterations") == ["viz_recorded_iterations_total 108"]


def test_refusals_are_counted_by_their_limit_from_zero_on() -> None:
    metrics = Metrics()
    metrics.refused("sessions")
    metrics.refused("sessions")
    metrics.refused("at_once")
    assert _lines(metrics, "viz_refusals") == [
        'viz_refusals_total{limit="sessions"} 2',
        'viz_refusals_total{limit="recording"} 0',
        'viz_refusals_total{limit="at_once"} 1',
    ]


def test_a_gauge_is_read_when_the_metrics_are_requested() -> None:
    metrics, sessions = Metrics(), [5]
    metrics.watch("viz_sessions", lambda: sessions[0], "Sessions that are connected.")
    assert _lines(metrics, "viz_sessions") == ["viz_sessions 5"]
    sessions[0] = 6
    assert _lines(metrics, "viz_sessions") == ["viz_sessions 6"]


def test_every_family_has_help_and_one_with_a_unit_ends_in_it() -> None:
    metrics = Metrics()
    metrics.watch("viz_tape_bytes", lambda: 1, "What the tapes that are kept take.", unit="bytes")
    stats = [stat for family in metrics.get_stats().values() for stat in family]
    assert all(stat.help.endswith(".") for stat in stats)
    assert {stat.family_name: stat.unit for stat in stats if stat.unit} == {
        "viz_tape_bytes": "bytes",
        "viz_recording_seconds": "seconds",
    }
    assert all(stat.family_name.endswith(stat.unit) for stat in stats)
