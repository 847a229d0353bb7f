"""Is this a person? What many signals of one kind lead to, for how long, and what in a text is a signal at all.

The ladders are data: who sends so many signals of a kind within the window gets that level. They are set so that no
person reaches «silent» by writing fast, angrily, wrongly or with a typing error; a machine does within minutes.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from types import MappingProxyType

from service.domain.suspicion import Level, Scope, Signal

NEWCOMER_MESSAGES = 5
"""So many messages of an identity are looked at for links; who has been here for longer may send what they like."""

SAME_WORDS_SLOW = 20
"""From so many newcomers with one text on, those who follow with it are slowed; the alarm is one for the channel."""

SHORTEST_SAME_WORDS = 40
"""Letters of a text that many newcomers can't have written alike by chance: «не работает приложение» is shorter."""

EARLIER_WITHIN = timedelta(hours=24)
LONGEST = timedelta(hours=24)
SLOW_SECONDS = 15.0


@dataclass(frozen=True)
class Ladder:
    """From how many signals within `within` on a level stands; None: never."""

    within: timedelta
    notice: int | None = None
    slow: int | None = None
    silent: int | None = None
    blocked: int | None = None

    def level(self, count: int) -> Level | None:
        """The hardest level that `count` has reached."""
        steps = {
            Level.BLOCKED: self.blocked, Level.SILENT: self.silent, Level.SLOW: self.slow, Level.NOTICE: self.notice,
        }  # fmt: skip
        return next((level for level, least in steps.items() if least is not None and count >= least), None)


_TEN_MINUTES, _HOUR, _DAY = timedelta(minutes=10), timedelta(hours=1), timedelta(days=1)

LADDERS: Mapping[tuple[Signal, Scope], Ladder] = MappingProxyType(
    {
        # A count is a message beyond the rate limit. Many people may share an address: it is judged more gently.
        (Signal.FLOOD, Scope.IDENTITY): Ladder(_TEN_MINUTES, slow=1, silent=180, blocked=600),
        (Signal.FLOOD, Scope.ADDRESS): Ladder(_TEN_MINUTES, notice=1, slow=120, silent=1200, blocked=3000),
        # A busy day is no attack: nobody is restricted for what the others write.
        (Signal.FLOOD, Scope.CHANNEL): Ladder(_TEN_MINUTES, notice=1),
        # Honest clients mistype a number or a code a few times; verification has its own, stricter, limits.
        (Signal.UNKNOWN_NUMBER, Scope.IDENTITY): Ladder(_HOUR, notice=5, slow=6, silent=10, blocked=20),
        # Staff are told and nobody is answered otherwise: who probes numbers from one address could tell by it which of
        # them are unknown. How many codes an address may ask for is limited by itself; an identity has three an hour.
        (Signal.UNKNOWN_NUMBER, Scope.ADDRESS): Ladder(_HOUR, notice=15),
        (Signal.WRONG_CODE, Scope.IDENTITY): Ladder(_HOUR, notice=6, slow=8, silent=12, blocked=24),
        (Signal.WRONG_CODE, Scope.ADDRESS): Ladder(_HOUR, notice=15, slow=25, silent=50, blocked=100),
        # Whose account is being guessed has done nothing: the owner must not be locked out by a stranger.
        (Signal.WRONG_CODE, Scope.ACCOUNT): Ladder(_DAY, notice=6),
        # Copied complaints and outages bring the same words from honest people: a little slower, never silent.
        (Signal.SAME_WORDS, Scope.CHANNEL): Ladder(_TEN_MINUTES, notice=10),
        # One link is a question («это ваш сайт?»), and so is a second one.
        (Signal.LINKS, Scope.IDENTITY): Ladder(_TEN_MINUTES, slow=3, silent=5, blocked=20),
        (Signal.LINKS, Scope.ADDRESS): Ladder(_TEN_MINUTES, notice=20, slow=40, silent=100, blocked=400),
        (Signal.MARKUP, Scope.IDENTITY): Ladder(_HOUR, notice=2, slow=3, silent=5, blocked=15),
        (Signal.MARKUP, Scope.ADDRESS): Ladder(_HOUR, notice=10, slow=20, silent=40, blocked=100),
    }
)

_FIRST: Mapping[Level, timedelta] = MappingProxyType(
    {
        Level.NOTICE: _HOUR,
        Level.SLOW: timedelta(minutes=5),
        Level.SILENT: timedelta(minutes=15),
        Level.BLOCKED: _HOUR,
    }
)


def lasts(level: Level, earlier: int) -> timedelta:
    """How long it stands: twice as long with each of the `earlier` ones of this level within a day, a day at most."""
    if level in (Level.NOTICE, Level.SLOW):
        return _FIRST[level]
    doublings: int = 2 ** min(earlier, 10)
    return min(_FIRST[level] * doublings, LONGEST)


_LINK = re.compile(r"(?:https?://|www\.|\bt\.me/|\bwa\.me/)\S+", re.IGNORECASE)

_MARKUP = re.compile(
    r"<\s*/?\s*(?:script|iframe|object|embed|svg|img|link|meta|style|form|base)\b(?:>|[\s/][^<>]{0,200}[=>])"
    r"|\bon(?:error|load|click|mouseover|focus)\s*=\s*['\"(a-z]"
    r"|\bjavascript:[a-z/(%]"
    r"|\bdata\s*:\s*text/html"
    r"|\$\{\s*(?:jndi|env|sys|lower|upper)\s*:"
    r"|\{\{\s*[^{}]{1,60}[.*(_\[][^{}]{0,60}\}\}|\{%\s*\w+[^%]{0,80}%\}|<%[=\s]"
    r"|\bunion\s+(?:all\s+)?select\b|['\"]\s*(?:or|and)\s+['\"]?\d+['\"]?\s*=\s*['\"]?\d|;\s*drop\s+table\b"
    r"|<!(?:doctype|entity)\b|<\?xml\b",
    re.IGNORECASE,
)


def has_link(text: str) -> bool:
    """Whether there is an address of the web in it."""
    return _LINK.search(text) is not None


def has_markup(text: str) -> bool:
    """Whether it is meant for a machine: a script, a template, a query. A smile, a sum or «<3» is none."""
    return _MARKUP.search(text) is not None


def same_words_of(text: str) -> str | None:
    """What is compared between newcomers: letters and digits only; None for a text too short to be telling."""
    letters = "".join(letter for letter in text.casefold() if letter.isalnum())
    return letters if len(letters) >= SHORTEST_SAME_WORDS else None


def seconds_to_keep(level: Level, left: timedelta) -> float:
    """How long a message of somebody who is restricted so waits for its answer; 0: it doesn't."""
    match level:
        case Level.SLOW:
            return min(SLOW_SECONDS, max(0.0, left.total_seconds()))
        case Level.SILENT | Level.BLOCKED:
            return max(0.0, left.total_seconds())
        case _:
            return 0.0
