"""What is wrong with an article, in the words of whoever mends it."""

import re
from collections.abc import Callable, Sequence

from nicegui import ui

from knowledge_base.errors import Problem
from service.console.place import Place
from service.console.words import section

PATTERNS: tuple[tuple[str, str], ...] = (
    ("few_questions", r"(?P<n>\d+) questions; (?P<least>\d+) or more are needed.*"),
    ("too_long", r"the answer has (?P<n>\d+) characters[^;]*; (?:a client reads )?at most (?P<most>\d+).*"),
    ("expired", r"expired on (?P<day>\S+); renew it or delete it"),
    ("expires", r"expires on (?P<day>\S+)"),
    ("unused_wording", r"has a wording for (?P<what>.+), where it is not shown"),
    ("unknown_intent", r"unknown intent `(?P<what>.*)`"),
    ("button_nowhere", r"the button “(?P<what>.*)” leads nowhere"),
    ("button_intent", r"the button leads to an unknown intent `(?P<what>.*)`"),
    ("button_article", r"the button leads to a missing article `(?P<what>.*)`"),
    ("button_expired", r"the button leads to an expired article `(?P<what>.*)`"),
    ("button_itself", r"the button leads to this very article"),
    ("same_question", r"“(?P<what>.*)” is also a question of `(?P<other>.*)` .*"),
    ("near_question", r"“(?P<what>.*)” is almost a question of `(?P<other>.*)` .*"),
    ("no_translation", r"`(?P<what>.*)` has no version in (?P<other>.*)"),
    ("intents_differ", r"intents differ from those in .*"),
    ("intent_unanswered", r"the intent `(?P<what>.*)` promises an answer, but has no article in `(?P<other>.*)`"),
    ("unprintable", r"an unprintable character \((?P<what>.*)\); delete it"),
    ("unknown_button_key", r"unknown key `(?P<what>.*)` in a button; .*"),
    ("unknown_key", r"unknown key `(?P<what>.*)`; known: (?P<other>.*)"),
    ("missing_key", r"the key `(?P<what>.*)` is missing"),
    ("days_swapped", r"`valid_to` \((?P<what>.*)\) is before `valid_from` \((?P<other>.*)\)"),
    ("not_text", r"`(?P<what>.*)` must be text, not .*"),
    ("not_list", r"`(?P<what>.*)` must be a list.*"),
    ("not_day", r"`(?P<what>.*)` must be a date such as .*, not `(?P<other>.*)`"),
    ("give_one", r"`(?P<what>.*)` is empty; give at least one"),
    ("empty", r"`(?P<what>.*)` is empty"),
    ("not_known", r"unknown `(?P<what>.*)`: `(?P<value>.*)`; known: (?P<other>.*)"),
    ("not_id", r"`(?P<what>.*)` can't be an article id: .*"),
    ("twice_line", r"`(?P<what>.*)` is already on line (?P<other>.*)"),
    ("twice", r"`(?P<what>.*)` is given twice"),
    ("not_button", r"a button is `text` and one of .*"),
    ("not_link", r"`(?P<what>.*)` is not a link; .*"),
    ("unknown_section", r"unknown section `(?P<what>.*)`; sections are (?P<other>.*)"),
    ("section_twice", r"the section `(?P<what>.*)` is given twice"),
    ("empty_answer_for", r"the answer for `(?P<what>.*)` is empty"),
    ("empty_answer", r"the answer is empty"),
    ("no_front_matter", r"an article starts with a line `---`.*"),
    ("front_matter_open", r"the front matter is not closed.*"),
    ("not_mapping", r"the front matter must be `key: value` lines"),
    ("broken_yaml", r"broken YAML: (?P<what>.*)"),
    ("other_article", r"this is the article `(?P<what>.*)` in `(?P<other>.*)`; .*"),
    ("unknown_fact", r"unknown fact `\{(?P<what>.*?)\}`; .*"),
    ("fact_untranslated", r"the fact `(?P<what>.*)` has no value in `(?P<other>.*)` .*"),
)
_COMPILED = tuple((key, re.compile(pattern, re.DOTALL)) for key, pattern in PATTERNS)


def say_problem(problem: Problem, language: str) -> str:
    """The problem in words of ours; in its own when there are none for it."""
    words = section("problems", language)
    for key, pattern in _COMPILED:
        found = pattern.fullmatch(problem.what)
        if found is not None:
            return words[key].format(**found.groupdict())
    return problem.what


def in_order(problems: Sequence[Problem]) -> list[Problem]:
    """Mistakes before remarks, then by line."""
    return sorted(problems, key=lambda each: (each.severity != "error", each.line))


def show_problems(problems: Sequence[Problem], place: Place, *, on_line: Callable[[int], object] | None = None) -> None:
    """A list, mistakes first; with `on_line` each leads to its line."""
    with ui.element("ul").classes("problems"):
        for problem in in_order(problems):
            with ui.element("li").classes(f"problem {problem.severity}"):
                ui.icon("error" if problem.severity == "error" else "info").props('aria-hidden="true"')
                line = place.say("knowledge.line", n=problem.line)
                if on_line is not None:
                    with (
                        ui.element("button")
                        .classes("problem-line")
                        .props("type=button")
                        .on("click", lambda _, n=problem.line: on_line(n))
                    ):
                        ui.label(line)
                else:
                    ui.label(line).classes("problem-line")
                ui.label(say_problem(problem, place.language)).classes("problem-text")
