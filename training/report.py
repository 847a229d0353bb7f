"""Tables for people: the same rows in a terminal and in Markdown."""

from collections.abc import Sequence
from dataclasses import dataclass

import rich.table

from training.checks import Inspection
from training.evaluate import Group, Report


@dataclass(frozen=True)
class Table:
    """A heading, columns and rows of ready text."""

    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]

    def markdown(self) -> str:
        """The table in Markdown, under a second-level heading."""
        lines = [f"## {self.title}", "", _line(self.columns), "|" + "---|" * len(self.columns)]
        return "\n".join([*lines, *(_line(row) for row in self.rows)])

    def terminal(self) -> rich.table.Table:
        """The table for `rich`."""
        table = rich.table.Table(title=self.title, title_justify="left")
        for column in self.columns:
            table.add_column(column)
        for row in self.rows:
            table.add_row(*[cell.replace("[", "\\[") for cell in row])
        return table


def _line(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def percent(share: float | None) -> str:
    """`0.9312` as `93.1`; a dash for None."""
    return "-" if share is None else f"{100 * share:.1f}"


def report_tables(report: Report) -> list[Table]:
    """A report as tables: the figures, by language, by style, and the most frequent confusions."""
    figures = [
        ("messages (in scope)", f"{report.n} ({report.n_in_scope})"),
        ("accuracy, %", percent(report.accuracy)),
        ("macro F1, %", percent(report.macro_f1)),
        ("accuracy with the scope gate, %", percent(report.gated_accuracy)),
        ("scope AUROC", "-" if report.scope_auroc is None else f"{report.scope_auroc:.4f}"),
        (
            "in scope let through / others refused, %",
            f"{percent(report.scope_recall)} / {percent(report.scope_refusal)}",
        ),
        ("answered automatically (coverage), %", percent(report.coverage)),
        ("of them wrong (promised), %", f"{percent(report.error_rate)} ({percent(report.promised_error_rate)})"),
        ("calibration error", f"{report.calibration_error:.3f}"),
    ]
    if report.n_unknown:
        figures.append(("messages with a label the model never saw", str(report.n_unknown)))
    tables = [Table("Evaluation", ("figure", "value"), figures)]
    for title, groups in (("By language", report.by_language), ("By style", report.by_style)):
        if groups:
            columns = ("group", "messages", "accuracy, %", "out of scope refused, %", "coverage, %")
            tables.append(Table(title, columns, [_group_row(name, group) for name, group in groups.items()]))
    if report.confusions:
        rows = [(c.truth, c.predicted, str(c.count), " / ".join(c.examples)) for c in report.confusions]
        tables.append(Table("Confusions", ("is", "taken for", "times", "for example"), rows))
    return tables


def _group_row(name: str, group: Group) -> tuple[str, ...]:
    return name, str(group.n), percent(group.accuracy), percent(group.refused), percent(group.coverage)


def inspection_table(inspection: Inspection) -> Table:
    """What `training.checks` measured, a row an intent and language."""
    columns = (
        "intent", "lang", "messages", "styles", "distinct words, %", "words (mean ± spread)",
        "without typical words, %", "typical words",
    )  # fmt: skip
    rows = [
        (
            row.intent, row.language, str(row.messages), str(len(row.styles)), percent(row.type_token_ratio),
            f"{row.mean_words:.1f} ± {row.words_spread:.1f}", percent(row.without_typical), " ".join(row.typical),
        )
        for row in inspection.rows
    ]  # fmt: skip
    return Table("Examples", columns, rows)
