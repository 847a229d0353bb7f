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
:root { color-scheme: light dark; --ink: #1f2937; --faint: #5b6472; --line: #e5e7eb; --paper: #fff; --page: #f4f6f5;
  --yes: #0f7a53; --no: #b42318 }
@media (prefers-color-scheme: dark) { :root { --ink: #e5e7eb; --faint: #a3acb9; --line: #364152; --paper: #1b2431;
  --page: #111827; --yes: #4ec48f; --no: #f58d82 } }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 72rem; margin: 2rem auto; padding: 0 1rem; color: var(--ink);
  background: var(--page) }
h1 { font-size: 1.5rem; margin: 0 } h2 { font-size: 1.15rem; margin: 2rem 0 .5rem }
p { margin: .25rem 0 .5rem } ul { list-style: none; padding-left: 0 }
.card { background: var(--paper); border: 1px solid var(--line); border-radius: 10px; padding: .5rem 1rem;
  overflow-x: auto }
table { border-collapse: collapse; width: 100% } td, th { text-align: left; padding: .3rem .6rem;
  border-bottom: 1px solid var(--line); vertical-align: top } tr:last-child td { border-bottom: 0 }
th { color: var(--faint); font-weight: 600; font-size: .85rem }
td.n, th.n { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap }
.yes { color: var(--yes) } .no { color: var(--no) } .faint { color: var(--faint) }
q { quotes: none } q + q::before { content: " / " }
.plots { display: grid; grid-template-columns: repeat(auto-fit, minmax(20rem, 1fr)); gap: 1rem }
.plots svg { width: 100%; height: auto; fill: var(--faint) }
@media print { body { background: none } .card { break-inside: avoid } }
"""


_WORDS: Final = (
    "Accuracy leaves the scope gate aside. Answered automatically: above the threshold of the intent. Calibration "
    "error: the gap between confidence and the share that is right, averaged over messages. Times are of one message "
    "alone; memory is what loading the model added to the process."
)


def report_page(
    candidate: Judged, live: Judged | None = None, verdict: Verdict | None = None, replay: Replay | None = None
) -> str:
    """The page. `live`: the model that is compared with, judged on the same messages."""
    report = candidate.report
    title = f"Model {report.model}" + (f" against {live.report.model}" if live else "")
    parts = [f"<h1>{escape(title)}</h1>", f"<p class=faint>{report.n} messages, data {report.data_hash[:12]}</p>"]
    if verdict is not None:
        word = "<b class=yes>may go live</b>" if verdict.passed else "<b class=no>may not go live</b>"
        parts.append(f"<h2>The gate: this candidate {word}</h2><div class=card><ul>")
        parts += [_check(check) for check in verdict.checks]
        parts.append("</ul></div>")
    parts += ["<h2>Figures</h2>", _figures(candidate, live), "<h2>Pictures</h2><div class=plots>"]
    parts += [f"<div class=card>{picture}</div>" for picture in plots(candidate, live).values()]
    parts += ["</div>", "<h2>Confusions, the most frequent first</h2>", _confusions(candidate)]
    parts += ["<h2>Intents, the weakest first</h2>", _intents(candidate, live)]
    if replay is not None:
        parts += ["<h2>Replay of messages from the service</h2>", _replay(replay)]
    parts.append(f"<p class=faint>{_WORDS}</p>")
    head = '<meta charset=utf-8><meta name=viewport content="width=device-width, initial-scale=1">'
    head += f"<title>{escape(title)}</title><style>{_STYLE}</style>"
    return f"<!doctype html><html lang=en><head>{head}</head><body>{''.join(parts)}</body></html>\n"


def plots(candidate: Judged, live: Judged | None) -> dict[str, str]:
    """The calibration curve with the share of messages at each confidence, and the scope's ROC with the thresholds in
    force, as SVG."""
    both = [("candidate", candidate), *([("live", live)] if live else [])]
    curves = [Line(name, [(b.confidence, b.accuracy) for b in each.reliability], dots=True) for name, each in both]
    total = max(sum(b.n for b in candidate.reliability), 1)
    crowd = Line("share of messages", [(b.confidence, b.n / total) for b in candidate.reliability], bars=True)
    ideal = Line("calibrated", [(0, 0), (1, 1)], dashed=True)
    found = {"calibration": draw("Calibration", [*curves, crowd, ideal], Axis("confidence"), Axis("share right"))}
    if candidate.roc:
        lines = [Line(name, each.roc) for name, each in both]
        in_force = [
            (1 - each.report.scope_refusal, each.report.scope_recall)
            for _, each in both
            if each.report.scope_refusal is not None
        ]
        lines.append(Line("threshold in force", in_force[:1], dots=True))
        across = Axis("share of other messages let through")
        found["scope"] = draw("Scope (ROC)", lines, across, Axis("share of our messages let through"))
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
    for label, each in sorted(candidate.by_label.items(), key=lambda item: (item[1].f1, item[0])):
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
    return f"<div class=card><table><tr>{top}</tr>{''.join(f'<tr>{line}</tr>' for line in lines)}</table></div>"
