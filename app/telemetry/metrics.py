"""Counters, gauges and histograms for Prometheus, on a registry of our own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Generic, TypeVar

from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    generate_latest,
)

if TYPE_CHECKING:
    from app.telemetry.exchange import Exchange

METRICS_TYPE: Final = CONTENT_TYPE_LATEST
"""The media type of ``Metrics.text``."""

SECONDS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
SIZES: Final = (1, 2, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000, 20_000)


Labelled = TypeVar("Labelled", Counter, Histogram)


class Found(Generic[Labelled]):
    """The children of a metric by their labels. The library's own look-up locks and joins: 3 µs, many a request."""

    __slots__ = ("_children", "_metric")

    def __init__(self, metric: Labelled) -> None:
        self._metric: Labelled = metric
        self._children: dict[tuple[object, ...], Labelled] = {}

    def __call__(self, *labels: object) -> Labelled:
        child = self._children.get(labels)
        if child is None:
            child = self._children[labels] = self._metric.labels(*labels)
        return child


class Metrics:
    """Everything that ``/ops/metrics`` shows. Labels come from small fixed sets; a space is never one."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        # Memory, processor time, open files: read from the system when asked.
        ProcessCollector(registry=self._registry)
        self._describe_requests()
        self._describe_writers()
        self._describe_jobs()
        self._request = Found(self.requests)
        self._seconds = Found(self.request_seconds)
        self._phase = Found(self.phase_seconds)
        self._items = Found(self.items)
        self._longest_stall = 0.0

    def _describe_requests(self) -> None:
        at = self._registry
        self.requests = Counter("tercet_requests", "Requests answered", ("format", "operation", "status"), registry=at)
        self.request_seconds = Histogram(
            "tercet_request_seconds",
            "Seconds until a request ended",
            ("format", "operation"),
            buckets=SECONDS,
            registry=at,
        )
        self.phase_seconds = Counter(
            "tercet_request_phase_seconds", "Seconds spent in parse, wait, database", ("format", "phase"), registry=at
        )
        self.in_progress = Gauge("tercet_requests_in_progress", "Requests being answered", registry=at)
        self.loop_stall = Gauge(
            "tercet_loop_stall_seconds",
            "Longest wait for the event loop since these figures were last asked for",
            registry=at,
        )
        self.items = Counter("tercet_items", "Items by what became of them", ("format", "outcome"), registry=at)

    def _describe_writers(self) -> None:
        at = self._registry
        self.writer_queue = Gauge("tercet_writer_queue_items", "Items that wait for a space's writer", registry=at)
        self.gathered_items = Histogram(
            "tercet_gather_items", "Items in one writing transaction", buckets=SIZES, registry=at
        )
        self.gathered_requests = Histogram(
            "tercet_gather_requests", "Requests in one writing transaction", buckets=SIZES, registry=at
        )
        self.commit_seconds = Histogram(
            "tercet_transaction_seconds", "Seconds of one writing transaction", buckets=SECONDS, registry=at
        )

    def _describe_jobs(self) -> None:
        at = self._registry
        self.job_items = Gauge("tercet_job_open_items", "Accepted items that are not finished", registry=at)

    def record(self, exchange: Exchange, seconds: float) -> None:
        """Counts one ended exchange."""
        wire, operation = exchange.format or "other", exchange.operation or "other"
        self._request(wire, operation, exchange.status).inc()
        self._seconds(wire, operation).observe(seconds)
        for phase, spent in exchange.seconds.items():
            self._phase(wire, phase).inc(spent)
        for outcome, number in exchange.outcomes.items():
            self._items(wire, outcome).inc(number)

    def record_transaction(self, *, requests: int, items: int, seconds: float) -> None:
        """Counts one writing transaction that gathered ``requests`` with ``items`` in all."""
        self.gathered_requests.observe(requests)
        self.gathered_items.observe(items)
        self.commit_seconds.observe(seconds)

    def record_stall(self, seconds: float) -> None:
        """Notes that the event loop kept everybody waiting."""
        self._longest_stall = max(self._longest_stall, seconds)

    def text(self) -> bytes:
        """All of it in Prometheus' text format; the longest stall begins anew."""
        self.loop_stall.set(self._longest_stall)
        self._longest_stall = 0.0
        return generate_latest(self._registry)
