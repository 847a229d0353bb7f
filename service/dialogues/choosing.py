"""«Второе», «2», "the second one": which of the things just listed does the client mean?"""

import re

# The forms of each place: a bare number, its word, the ordinal's beginning in Russian and English.
_PLACES = (
    (("1", "один", "одно", "one"), ("перв",), ("first", "1st")),
    (("2", "два", "две", "two"), ("втор",), ("second", "2nd")),
    (("3", "три", "three"), ("трет",), ("third", "3rd")),
    (("4", "четыре", "four"), ("четверт",), ("fourth", "4th")),
    (("5", "пять", "five"), ("пят",), ("fifth", "5th")),
    (("6", "шесть", "six"), ("шест",), ("sixth", "6th")),
    (("7", "семь", "seven"), ("седьм",), ("seventh", "7th")),
    (("8", "восемь", "eight"), ("восьм",), ("eighth", "8th")),
    (("9", "девять", "nine"), ("девят",), ("ninth", "9th")),
)
_FILLERS = {"тема", "тему", "вариант", "пункт", "номер", "вопрос", "про", "по", "давайте", "давай", "это", "пожалуйста"}
_FILLERS |= {"option", "number", "the", "one", "topic", "please", "it", "is", "s"}
_FILLERS |= {"карта", "карту", "счет", "счёт", "карте", "счету", "card", "account"}
_WORD = re.compile(r"\w+")
_FOUR = re.compile(r"(?<!\d)(\d{4})(?!\d)")
LONGEST_CHOICE = 40


def words_of(text: str) -> list[str]:
    """The words of a choice, as they are compared."""
    return _WORD.findall(text.casefold().replace("ё", "е"))


def read_place(text: str, count: int) -> int | None:
    """Which of `count` things is meant, from 0; None when the message is anything but a choice.

    Only a message that is the choice and nothing else: «два дня жду» and «не первое» are not.
    """
    words = words_of(text)
    if not words or len(text) > LONGEST_CHOICE:
        return None
    said = [word for word in words if word not in _FILLERS] or words
    if len(said) != 1:
        return None
    for place, (numbers, stems, ordinals) in enumerate(_PLACES[:count]):
        if said[0] in numbers or said[0] in ordinals or said[0].startswith(stems):
            return place
    return None


def read_four_digits(text: str) -> str | None:
    """The last four digits of something, when the message has exactly one group of four."""
    found = set(_FOUR.findall(text))
    return found.pop() if len(found) == 1 else None
