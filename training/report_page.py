"""The evaluation as one HTML page that needs nothing else: figures, verdict, plots, intents, confusions, replay."""

from collections.abc import Iterable, Sequence
from html import escape
from typing import Any, Final

from training.accept import Check, Verdict
from training.drawing import Axis, Line, draw
from training.judging import Judged
from training.replay import Replay
from training.report import percent

_STYLE: Final = """
body { font: 15px/1.5 system-ui, sans-serif; max-width: 70rem; margin: 2rem auto; padding: 0 1rem; color: #1f2937;
  background: #fff }
h1 { font-size: 1.5rem } h2 { font-size: 1.15rem; margin-top: 2rem }
table { border-collapse: collapse; width: 100% } td, th { text-align: left; padding: .25rem .6rem;
  border-bottom: 1px solid #e5e7eb; vertical-align: top } td.n, th.n { text-align: right;
  font-variant-numeric: tabular-nums }
.yes { color: #0f7a53 } .no { color: #b42318 } .faint { color: #6b7280 }
q { quotes: none } q + q::before { content: " / " }
.plots { display: flex; flex-wrap: wrap; gap: 1rem }
@media (prefers-color-scheme: dark) { body { color: #e5e7eb; background: #111827 } td, th { border-color: #374151 } }
"""


def report_page(
    candidate: Judged, live: Judged | None = None, verdict: Verdict | None = None, replay: Replay | None = None
) -> str:
    """The page. `live`: the model that is compared with, judged on the same messages."""
    report = candidate.report
    title = f"Model {report.model}" + (f" against {live.report.model}" if live else "")
    parts = [f"<h1>{escape(title)}</h1>", f"<p class=faint>{report.n} messages, data {report.data_hash[:12]}</p>"]
    if verdict is not None:
        word = "<b class=yes>may go live</b>" if verdict.passed else "<b class=no>may not go live</b>"
        parts.append(f"<h2>The gate: this candidate {word}</h2><ul>")
        parts += [_check(check) for check in verdict.checks]
        parts.append("</ul>")
    parts += ["<h2>Figures</h2>", _figures(candidate, live), "<h2>Pictures</h2><div class=plots>"]
    parts += [*plots(candidate, live).values(), "</div>", "<h2>Intents</h2>", _intents(candidate, live)]
    parts += ["<h2>Confusions</h2>", _confusions(candidate)]
    if replay is not None:
        parts += ["<h2>Replay of messages from the service</h2>", _replay(replay)]
    head = f"<meta charset=utf-8><title>{escape(title)}</title><style>{_STYLE}</style>"
    return f"<!doctype html><html lang=en><head>{head}</head><body>{''.join(parts)}</body></html>\n"


def plots(candidate: Judged, live: Judged | None) -> dict[str, str]:
    """The calibration curve and the scope's ROC as SVG."""
    both = [("candidate", candidate), *([("live", live)] if live else [])]
    curves = [Line(name, [(b.confidence, b.accuracy) for b in each.reliability], dots=True) for name, each in both]
    ideal = Line("calibrated", [(0, 0), (1, 1)], dashed=True)
    found = {"calibration": draw("Calibration", [*curves, ideal], Axis("confidence"), Axis("share right"))}
    if candidate.roc:
        rocs = [Line(name, each.roc) for name, each in both]
        across = Axis("share of other messages let through")
        found["scope"] = draw("Scope", rocs, across, Axis("share of our messages let through"))
    return found


def reason(check: Check) -> str:
    """A condition of the gate and its figures, in a sentence."""
    f = check.figures
    match check.name:
        case "intents" if f["falls"]:
            worst = ", ".join(f"{e['intent']} {e['before']:.2f} → {e['after']:.2f}" for e in f["falls"][:8])
            return f"{len(f['falls'])} of {f['looked_at']} well-known intents fall by more than {f['allowed']}: {worst}"
        case "intents":
            return f"none of {f['looked_at']} well-known intents falls by more than {f['allowed']} of F1"
        case "scope" if f["before"] is None or f["after"] is None:
            return "scope: the data has no messages out of scope, so it was not measured"
        case "scope":
            return f"scope AUROC {f['before']:.4f} → {f['after']:.4f}, may fall by {f['allowed']}"
        case "calibration":
            return f"calibration error {f['before']:.3f} → {f['after']:.3f}, may grow by {f['allowed']}"
        case "promise":
            return (
                f"{f['error_rate']:.1%} of {f['answers']} automatic answers are wrong, {f['promised']:.1%} is promised"
            )
        case "ranking":
            return (
                f"search: the right article's mean reciprocal rank {f['before']:.3f} → {f['after']:.3f} on {f['n']} "
                f"confirmed answers (95 % interval of the gain {f['low']:+.3f}..{f['high']:+.3f})"
            )
    because = ""
    if f.get("why") == "new_intents":
        known = ", ".join(f"{e['intent']} {e['right']} of {e['n']}" for e in f["new"])
        because = f"new intents are served: {known}; the rest is not surely worse ({f['others_lost']} lost, "
        because += f"{f['others_gained']} gained). "
    elif f.get("why") == "ranking":
        because = "the search is surely better and the rest is not surely worse. "
    return because + (
        f"right {f['before']:.1%} → {f['after']:.1%}: {f['gained']} messages gained, {f['lost']} lost; "
        f"by luck alone with a chance of {f['p']:.3f}, at most {f['significance']} is asked for"
    )


def _check(check: Check) -> str:
    mark = "<span class=yes>✓</span>" if check.passed else "<span class=no>✗</span>"
    return f"<li>{mark} {escape(reason(check))}</li>"


def _figures(candidate: Judged, live: Judged | None) -> str:
    def values(judged: Judged) -> list[str]:
        r = judged.report
        return [
            percent(r.accuracy), percent(r.macro_f1), percent(r.gated_accuracy),
            "-" if r.scope_auroc is None else f"{r.scope_auroc:.4f}",
            f"{percent(r.scope_recall)} / {percent(r.scope_refusal)}", percent(r.coverage),
            f"{percent(r.error_rate)} ({percent(r.promised_error_rate)})", f"{r.calibration_error:.3f}",
            f"{judged.p50_ms} / {judged.p95_ms}", f"{judged.memory_mb} / {judged.size_mb}",
        ]  # fmt: skip

    names = (
        "accuracy, %", "macro F1, %", "accuracy with the scope gate, %", "scope AUROC",
        "in scope let through / others refused, %", "answered automatically, %", "of them wrong (promised), %",
        "calibration error", "one message, p50 / p95 ms", "memory / disk, MB",
    )  # fmt: skip
    columns = [names, values(candidate), *([values(live)] if live else [])]
    return _table(("", "candidate", *(["live"] if live else [])), zip(*columns, strict=True))


def _intents(candidate: Judged, live: Judged | None) -> str:
    rows = []
    for label, each in candidate.by_label.items():
        before = live.by_label.get(label) if live else None
        change = f"{each.f1 - before.f1:+.3f}" if before else ""
        rows.append((
            label, str(each.n), f"{each.precision:.3f}", f"{each.recall:.3f}", f"{each.f1:.3f}", change,
            percent(candidate.answered_alone.get(label)),
        ))  # fmt: skip
    return _table(("intent", "messages", "precision", "recall", "F1", "against live", "answered alone, %"), rows)


def _confusions(candidate: Judged) -> str:
    found = candidate.report.confusions
    rows = [(c.truth, c.predicted, str(c.count), _quotes(c.examples)) for c in found]
    return _table(("is", "taken for", "times", "for example"), rows, numbers=(2,))


def _replay(replay: Replay) -> str:
    period = f" from {replay.since[:10]} to {replay.until[:10]}" if replay.since and replay.until else ""
    words = f"{replay.n} messages{period}: {replay.same} are served alike, {replay.changed} otherwise. "
    words += f"Answered alone: {percent(replay.before)} → {percent(replay.after)} %."
    rows = [(c.before, c.after, str(c.count), _quotes(c.examples)) for c in replay.changes]
    return f"<p>{escape(words)}</p>" + _table(("live", "candidate", "times", "for example"), rows, numbers=(2,))


class _Html(str):
    """Words that are HTML already."""


def _quotes(examples: Iterable[str]) -> _Html:
    """Messages, each in an element of its own: a service can take out of the page what it must forget."""
    return _Html("".join(f"<q>{escape(each)}</q>" for each in examples))


def _table(head: Sequence[str], rows: Iterable[Sequence[Any]], numbers: Sequence[int] = (1, 2, 3, 4, 5, 6)) -> str:
    def cell(tag: str, place: int, words: Any) -> str:
        inside = words if isinstance(words, _Html) else escape(str(words))
        return f"<{tag}{' class=n' if place in numbers else ''}>{inside}</{tag}>"

    lines = ["".join(cell("td", place, words) for place, words in enumerate(row)) for row in rows]
    top = "".join(cell("th", place, words) for place, words in enumerate(head))
    return f"<table><tr>{top}</tr>{''.join(f'<tr>{line}</tr>' for line in lines)}</table>"
