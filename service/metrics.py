"""What is counted, for Prometheus at /metrics. One registry an application, so that several can live in a process."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

_FAST = (0.001, 0.002, 0.003, 0.005, 0.0075, 0.01, 0.02, 0.05, 0.1, 0.25, 1.0)
_REQUEST = (0.002, 0.005, 0.01, 0.02, 0.04, 0.06, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)


class Metrics:
    """All counters of one application."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.messages = Counter(
            "otklik_messages",
            "Client messages by channel and decision",
            ["channel", "decision"],
            registry=self.registry,
        )
        self.duplicates = Counter(
            "otklik_duplicate_messages", "Messages that were recorded already", ["channel"], registry=self.registry
        )
        self.arrivals = Gauge(
            "otklik_arrivals",
            "What platforms told us and is no message yet: waiting, or stuck (see the log)",
            ["state"],
            registry=self.registry,
        )
        self.handoffs = Counter(
            "otklik_handoffs", "Conversations given to people", ["department", "reason"], registry=self.registry
        )
        self._count_understanding()
        self.deliveries = Counter(
            "otklik_deliveries", "Attempts to deliver to platforms", ["channel", "outcome"], registry=self.registry
        )
        self.waiting = Gauge(
            "otklik_conversations",
            "Conversations with people, by state",
            ["department", "state"],
            registry=self.registry,
        )
        self.suggestions = Counter(
            "otklik_suggestions", "What operators made of suggestions", ["kind", "outcome"], registry=self.registry
        )
        self._count_drift()
        self._count_traffic()
        self._count_procedures()
        self.requests = Histogram(
            "otklik_http_request_seconds",
            "Time to answer an HTTP request",
            ["method", "route", "status"],
            buckets=_REQUEST,
            registry=self.registry,
        )
        self.back_office = Histogram(
            "otklik_back_office_seconds",
            "Time that calls of the bank's systems took, tries and pauses included",
            ["operation", "outcome"],
            buckets=_REQUEST,
            registry=self.registry,
        )
        self.errors = Counter("otklik_errors", "Unexpected errors", ["where"], registry=self.registry)

    def note_back_office(self, operation: str, outcome: str, seconds: float) -> None:
        """A call of the bank's systems: answered, refused, unavailable or held_back."""
        self.back_office.labels(operation, outcome).observe(seconds)

    def _count_understanding(self) -> None:
        self.understanding_seconds = Histogram(
            "otklik_understanding_seconds", "Time to understand one message", buckets=_FAST, registry=self.registry
        )
        self.burst_lateness = Histogram(
            "otklik_burst_late_seconds",
            "How long after its time a burst of short messages was answered",
            buckets=_REQUEST,
            registry=self.registry,
        )
        self.model_failures = Counter(
            "otklik_model_failures", "Failures of a part of understanding", ["stage"], registry=self.registry
        )
        self.keyword_fallbacks = Counter(
            "otklik_keyword_fallbacks", "Messages read by keywords", ["reason"], registry=self.registry
        )
        self.model_ready = Gauge("otklik_model_ready", "1 when a trained model is in use", registry=self.registry)

    def _count_drift(self) -> None:
        self.drift = Gauge(
            "otklik_drift_index",
            "Population stability index of last week's messages: intents, languages, scope, training",
            ["of"],
            registry=self.registry,
        )
        self.unsure_share = Gauge(
            "otklik_unsure_share",
            "Share of last week's messages that were not surely understood",
            registry=self.registry,
        )
        self.drift_alarms = Gauge(
            "otklik_drift_alarms", "What has changed too much in last week's messages", registry=self.registry
        )

    def _count_traffic(self) -> None:
        self.signals = Counter(
            "otklik_suspicious_signals", "Signals of suspicious traffic", ["signal", "channel"], registry=self.registry
        )
        self.restrictions = Counter(
            "otklik_restrictions",
            "Restrictions put on suspicious senders",
            ["level", "signal", "scope"],
            registry=self.registry,
        )
        self.refused_messages = Counter(
            "otklik_refused_messages", "Messages that were not taken", ["reason"], registry=self.registry
        )

    def _count_procedures(self) -> None:
        self.verifications = Counter(
            "otklik_verifications",
            "Codes asked for, sent, held back by a limit, wrong, right; guessing that was locked or paused; alarms",
            ["outcome"],
            registry=self.registry,
        )
        self.letters = Counter(
            "otklik_letters", "Attempts to send e-mail, by what it is for", ["kind", "outcome"], registry=self.registry
        )
        self.errands = Counter(
            "otklik_errands", "Errands of procedures by how they ended", ["operation", "fate"], registry=self.registry
        )

    def count(self, counter: str, label: str) -> None:
        """One more of `label` in the counter of this name, for those who know names only."""
        getattr(self, counter).labels(label).inc()
