"""Articles and their versions over the wire, with examples."""

from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import Field

from knowledge_base.errors import Problem
from service.api.schemas import ButtonOut, Wire
from service.editing import ArticleEntry, Hit, Preview
from service.storage.articles import Version
from service.storage.columns import LARGEST_ID

_SOURCE = "---\nid: card-pin\nlanguage: ru\ntitle: ПИН-код\n...\n---\nЗадайте новый ПИН-код в приложении."
_Base = Annotated[int, Field(ge=0, le=LARGEST_ID, examples=[3], description="The newest version that you have seen")]
_Text = Annotated[str, Field(max_length=140_000, examples=[_SOURCE], description="Markdown with front matter")]


class ProblemOut(Wire):
    """One thing to mend; `line` counts within the source."""

    line: int = Field(examples=[7])
    severity: Literal["error", "warning"]
    what: str = Field(examples=["the button leads to a missing article `card-limits`"])


class ArticleOut(Wire):
    """One article of the list. `serving` is the version that clients get; null: none."""

    id: str = Field(examples=["card-pin"])
    language: str = Field(examples=["ru"])
    title: str = Field(examples=["ПИН-код"])
    state: str = Field(examples=["published"], description="Of the newest version")
    newest: int = Field(examples=[3])
    serving: int | None = Field(examples=[3])
    edited_here: bool = Field(description="Changed in the console since the last import")
    valid_from: date | None
    valid_to: date | None
    author: str
    changed_at: datetime


class ArticleList(Wire):
    """Every article there is or was."""

    articles: list[ArticleOut]


class VersionOut(Wire):
    """One version of an article."""

    id: str = Field(examples=["card-pin"])
    language: str = Field(examples=["ru"])
    number: int = Field(examples=[3])
    state: Literal["draft", "published", "withdrawn"]
    serving: bool
    title: str | None
    source: str
    author: str
    comment: str | None
    created_at: datetime
    changed_at: datetime
    changed_by: str
    problems: list[ProblemOut] = Field([], description="Found when it was saved or published just now")


class VersionList(Wire):
    """Every version, newest first."""

    versions: list[VersionOut]


class SourceIn(Wire):
    """An article as it is written: Markdown with front matter, facts by name."""

    source: _Text


class DraftIn(SourceIn):
    """The next version. 409 with both when `base` is not the newest any more."""

    base: _Base
    comment: str | None = Field(None, max_length=500, examples=["Новый лимит"])


class Number(Wire):
    """Which version."""

    number: Annotated[int, Field(ge=1, le=LARGEST_ID, examples=[2])]


class RestoreIn(Number):
    """Publish an earlier version's text again."""

    base: _Base
    comment: str | None = Field(None, max_length=500, examples=["Вернули прежний текст"])


class WithdrawIn(Wire):
    """Stop serving an article."""

    base: _Base


class ProblemList(Wire):
    """What is wrong, by line."""

    problems: list[ProblemOut]


class PreviewReply(Wire):
    """One message as the client gets it."""

    text: str
    buttons: list[ButtonOut]


class PreviewOut(Wire):
    """The article as clients will see it, by kind of channel."""

    problems: list[ProblemOut]
    channels: dict[str, list[PreviewReply]]


class HitOut(Wire):
    """A question and the article's place among the answers, before and after; null: not in the first ten."""

    question: str
    own: bool
    before: int | None
    after: int | None
    rival: str | None


class HitList(Wire):
    """Which questions would find the article."""

    hits: list[HitOut]


class DiffLineOut(Wire):
    """One line of a comparison."""

    kind: Literal["same", "added", "removed"]
    text: str


class DiffOut(Wire):
    """What changed between two versions."""

    lines: list[DiffLineOut]


def problems_out(problems: list[Problem] | tuple[Problem, ...]) -> list[ProblemOut]:
    """Problems for the wire."""
    return [ProblemOut(line=each.line, severity=each.severity, what=each.what) for each in problems]


def article_out(entry: ArticleEntry) -> ArticleOut:
    """A line of the list for the wire."""
    return ArticleOut(
        id=entry.article_id, language=entry.language, title=entry.title, state=entry.state, newest=entry.newest,
        serving=entry.serving, edited_here=entry.edited_here, valid_from=entry.valid_from, valid_to=entry.valid_to,
        author=entry.author, changed_at=entry.changed_at,
    )  # fmt: skip


def version_out(version: Version, problems: tuple[Problem, ...] = ()) -> VersionOut:
    """A version for the wire."""
    return VersionOut.model_validate(
        {
            "id": version.article_id, "language": version.language, "number": version.number, "state": version.state,
            "serving": version.serving, "title": version.title, "source": version.source, "author": version.author,
            "comment": version.comment, "created_at": version.created_at, "changed_at": version.changed_at,
            "changed_by": version.changed_by, "problems": problems_out(problems),
        }
    )  # fmt: skip


def preview_out(shown: Preview) -> PreviewOut:
    """A preview for the wire."""
    channels = {
        kind: [
            PreviewReply(
                text=reply.text,
                buttons=[ButtonOut(text=b.text, payload=b.payload, url=b.url) for b in reply.buttons],
            )
            for reply in replies
        ]
        for kind, replies in shown.replies.items()
    }
    return PreviewOut(problems=problems_out(shown.proof.problems), channels=channels)


def hit_out(hit: Hit) -> HitOut:
    """A hit for the wire."""
    return HitOut(question=hit.question, own=hit.own, before=hit.before, after=hit.after, rival=hit.rival)
