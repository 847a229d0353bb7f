"""Plots of benchmark results; matplotlib is only needed here (extra `dev`)."""

from collections.abc import Mapping, Sequence
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


def plot_groups(path: Path, title: str, axis: str, groups: Mapping[str, Mapping[str, float]]) -> None:
    """Write a PNG: a group of bars a setting, each with its figure; the axis begins a little below the lowest."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7.2, 4.2), dpi=110, layout="constrained")
    FigureCanvasAgg(figure)
    plot = figure.add_subplot()
    names = list(dict.fromkeys(name for bars in groups.values() for name in bars))
    width = 0.8 / len(names)
    for place, (name, colour) in enumerate(zip(names, ("#8a8f98", "#1f6f5c", "#2b5f9e", "#9a6700"), strict=False)):
        found = [(x, bars[name]) for x, bars in enumerate(groups.values()) if name in bars]
        left = [x + (place - (len(names) - 1) / 2) * width for x, _ in found]
        drawn = plot.bar(left, [height for _, height in found], width * 0.92, color=colour, label=name)
        plot.bar_label(drawn, fmt="%.1f", fontsize=9, padding=2)
    heights = [height for bars in groups.values() for height in bars.values()]
    plot.set(title=title, ylabel=axis, ylim=(min(heights) - 4, max(heights) + 5))
    plot.set_xticks(range(len(groups)), list(groups))
    plot.grid(axis="y", alpha=0.25)
    plot.set_axisbelow(True)
    plot.legend(frameon=False, loc="upper left", ncols=2)
    figure.savefig(path)
