"""Plots of benchmark results; matplotlib is only needed here (extra `dev`)."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

COLOURS = ("#1f6f5c", "#b3372f", "#2b5f9e", "#9a6700", "#6b4f9e", "#4d4d4d")
FEW = 10
"""Of a run with fewer points each is marked."""


@dataclass(frozen=True)
class Curve:
    """Runs of one way of doing it, each a list of (x, y)."""

    name: str
    runs: Sequence[Sequence[tuple[float, float]]]


def plot_curves(path: Path, title: str, axes: tuple[str, str], curves: Sequence[Curve], *, line: float) -> None:
    """Write a PNG: every run thin, one colour a curve, and a dashed line at the height to reach."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7.2, 4.2), dpi=110, layout="constrained")
    FigureCanvasAgg(figure)
    plot = figure.add_subplot()
    for curve, colour in zip(curves, COLOURS, strict=False):
        for number, run in enumerate(curve.runs):
            plot.plot(*zip(*run, strict=True), color=colour, alpha=0.7, linewidth=1.3,
                      marker="o" if len(run) < FEW else None, markersize=3,
                      label=curve.name if number == 0 else None)  # fmt: skip
    plot.axhline(line, color="#666666", linestyle="--", linewidth=1)
    plot.set(title=title, xlabel=axes[0], ylabel=axes[1])
    plot.grid(alpha=0.25)
    plot.legend(frameon=False, loc="lower right")
    figure.savefig(path)
