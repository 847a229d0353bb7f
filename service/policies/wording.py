"""May the owner word a sentence of the bot like this? The same fields, nothing else in braces, short enough."""

from string import Formatter

LONGEST_BUTTON = 34
"""What every messenger shows of a button without cutting it."""


def fields_of(sentence: str) -> frozenset[str]:
    """The names in braces. ValueError for braces that are not closed or hold more than a name."""
    found = set()
    for literal, name, spec, conversion in Formatter().parse(sentence):
        if "{" in literal or "}" in literal:
            raise ValueError("braces stand for fields only")
        if name is None:
            continue
        if not name.isidentifier() or spec or conversion:
            raise ValueError(f"{{{name}}} is no field")
        found.add(name)
    return frozenset(found)


def reason_against(words: str, shipped: str, *, button: bool, longest: int) -> str | None:
    """Why these words can't take the place of the shipped ones, by name; None when they can."""
    if not words.strip():
        return "words_empty"
    if button and len(words) > LONGEST_BUTTON:
        return "words_long_button"
    if len(words) > longest:
        return "words_long"
    try:
        return None if fields_of(words) == fields_of(shipped) else "words_fields"
    except ValueError:
        return "words_braces"
