"""What a client has written in a letter: HTML as text, without what they quote of ours and without their signature.

Where nothing would be left, everything is kept: better a quote too many than a word too few.
"""

import re
from html.parser import HTMLParser

_INTRO = re.compile(
    r"^\s*(?:>\s*)?(?:"
    r"(?:on|am|le)\b.{4,200}\b(?:wrote|schrieb|écrit)\s?:"
    r"|.{4,200}(?:пишет|писал|написал|писала|написала|писал\(а\)|написал\(а\)|написали)\s?:"
    r"|.{0,80}<[^<>\s]+@[^<>\s]+>\s?:"
    r")\s*$",
    re.IGNORECASE,
)
_DATED = re.compile(r"\d|@|<")
_TIMED = re.compile(r"\d{1,2}:\d\d")
_ORIGINAL = re.compile(
    r"^\s*[-_=]{2,}\s*(?:original message|исходное сообщение|оригинальное сообщение)\s*[-_=]{2,}\s*$",
    re.IGNORECASE,
)
_HEAD = re.compile(r"^\s*\*?(?:from|от|от кого|sender|отправитель)\*?:\*?\s*\S", re.IGNORECASE)
_HEAD_GOES_ON = re.compile(r"^\s*\*?(?:sent|date|to|subject|отправлено|дата|кому|тема)\*?:\*?\s", re.IGNORECASE)
_SIGNATURE = re.compile(r"^-- ?$")
_SENT_FROM = re.compile(
    r"^\s*(?:sent from (?:my|mail|outlook|yahoo).{0,60}|get outlook for .{0,40}|отправлено (?:из|с) .{0,80})$",
    re.IGNORECASE,
)
_BLOCKS = {"p", "div", "tr", "li", "ul", "ol", "table", "h1", "h2", "h3", "h4", "h5", "h6", "pre", "section", "article"}
_UNSEEN = {"script", "style", "head", "title", "noscript", "template"}
_VOID = {"br", "hr", "img", "meta", "link", "input", "col", "base", "wbr", "area", "source"}
_QUOTES = re.compile(r"gmail_quote|gmail_attr|yahoo_quoted|moz-cite-prefix|protonmail_quote|mail-quote|js-quote", re.I)
_OUTLOOK = re.compile(r"divrplyfwdmsg|appendonsend", re.I)


def strip_quotes(text: str) -> str:
    """The words of this letter alone."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    end = next((number for number in range(len(lines)) if _quote_begins(lines, number)), len(lines))
    own = [line for line in lines[:end] if not line.lstrip().startswith(">")]
    if not _words(own):  # they have answered under our words, or between them
        own = [line for number, line in enumerate(lines) if not _is_quoted(lines, number)]
    own = own[: next((number for number, line in enumerate(own) if _SIGNATURE.match(line)), len(own))]
    while own and (not own[-1].strip() or _SENT_FROM.match(own[-1])):
        own.pop()
    kept = "\n".join(line.rstrip() for line in own).strip()
    return re.sub(r"\n{3,}", "\n\n", kept) or re.sub(r"\n{3,}", "\n\n", text.replace("\r\n", "\n").strip())


def _words(lines: list[str]) -> bool:
    return any(line.strip() and not _SENT_FROM.match(line) and not _SIGNATURE.match(line) for line in lines)


def _quote_begins(lines: list[str], number: int) -> bool:
    """Whether everything from this line on is an older letter."""
    line = lines[number]
    if _ORIGINAL.match(line):
        return True
    if _HEAD.match(line):
        return sum(bool(_HEAD_GOES_ON.match(each)) for each in lines[number + 1 : number + 5]) >= 2
    return _is_intro(lines, number) is not None


def _is_intro(lines: list[str], number: int) -> int | None:
    """How many lines «20 ноября, Банк пишет:» takes here, with quoted lines behind it; None where it isn't that."""
    for length in (1, 2):
        taken = lines[number : number + length]
        if length == 2 and not (_TIMED.search(taken[0]) and not _TIMED.search(taken[-1])):
            continue  # the line before may be the client's own
        joined = " ".join(each.strip() for each in taken)
        if _INTRO.match(joined) and _DATED.search(joined):
            behind = [each for each in lines[number + length :] if each.strip()]
            if not behind or behind[0].lstrip().startswith(">"):
                return length
    return None


def _is_quoted(lines: list[str], number: int) -> bool:
    if lines[number].lstrip().startswith(">") or _is_intro(lines, number) is not None:
        return True
    return number > 0 and _is_intro(lines, number - 1) == 2


class _Reader(HTMLParser):
    """Text of HTML; what stands in a quote gets «> » before each line."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.lines: list[str] = [""]
        self._open: list[tuple[str, bool, bool]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = " ".join(value or "" for name, value in attrs if name in ("class", "id"))
        if tag in _BLOCKS or tag in ("br", "hr", "blockquote"):
            self._new_line(force=tag == "br")
        if _OUTLOOK.search(named):
            self.lines += ["-----Original Message-----", ""]
        if tag in ("td", "th") and self.lines[-1]:
            self.lines[-1] += " "
        if tag not in _VOID:
            self._open.append((tag, tag in _UNSEEN, tag == "blockquote" or bool(_QUOTES.search(named))))

    def handle_endtag(self, tag: str) -> None:
        if not any(each[0] == tag for each in self._open):
            return
        while self._open.pop()[0] != tag:
            pass
        if tag in _BLOCKS or tag == "blockquote":
            self._new_line()

    def handle_data(self, data: str) -> None:
        if any(unseen for _, unseen, _ in self._open):
            return
        words = " ".join(data.replace("\u200b", "").split())
        if not words:
            self.lines[-1] += " " if data and self.lines[-1] and not self.lines[-1].endswith(" ") else ""
            return
        if not self.lines[-1] and any(quoted for _, _, quoted in self._open):
            self.lines[-1] = "> "
        line = self.lines[-1]
        before = " " if data[0].isspace() and line and not line.endswith(" ") else ""
        self.lines[-1] = line + before + words + (" " if data[-1].isspace() else "")

    def _new_line(self, *, force: bool = False) -> None:
        if force or self.lines[-1].strip():
            self.lines.append("")


def text_of_html(html: str) -> str:
    """The words of a page, a line for each paragraph, row and item; quoted ones begin with «> »."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return re.sub(r"\n{3,}", "\n\n", "\n".join(line.rstrip() for line in reader.lines)).strip()
