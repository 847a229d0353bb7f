"""Editing the knowledge base over HTTP. Every rule is in `service/editing`."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, status

from service import editing
from service.api.access import OfficeHere, StaffHere
from service.api.article_schemas import (
    ArticleList,
    DiffLineOut,
    DiffOut,
    DraftIn,
    HitList,
    Number,
    PreviewOut,
    ProblemList,
    RestoreIn,
    SourceIn,
    VersionList,
    VersionOut,
    WithdrawIn,
    article_out,
    hit_out,
    preview_out,
    problems_out,
    version_out,
)
from service.api.problems import responses
from service.storage.columns import LARGEST_ID

Article = Annotated[str, Path(max_length=64, description="The article's id")]
Language = Annotated[str, Path(max_length=8)]
VersionNumber = Annotated[int, Query(ge=1, le=LARGEST_ID)]
_ONE = "/articles/{article_id}/{language}"

router = APIRouter(prefix="/api/v1", tags=["articles"], responses=responses(401, 403, 413, 422, 503))


@router.get("/articles")
def list_articles(office: OfficeHere, staff: StaffHere) -> ArticleList:
    """Every article there is or was, with what clients get of it."""
    return ArticleList(articles=[article_out(each) for each in editing.list_articles(staff, office)])


@router.get(f"{_ONE}/versions", responses=responses(404))
def read_versions(article_id: Article, language: Language, office: OfficeHere, staff: StaffHere) -> VersionList:
    """Every version of an article, newest first."""
    found = editing.read_versions(article_id, language, staff, office)
    return VersionList(versions=[version_out(each) for each in found])


@router.get(f"{_ONE}/compare", responses=responses(404))
def compare(
    article_id: Article, language: Language, one: VersionNumber, other: VersionNumber, office: OfficeHere,
    staff: StaffHere,
) -> DiffOut:  # fmt: skip
    """What changed from one version to another, line by line."""
    lines = editing.compare(article_id, language, one, other, staff, office)
    return DiffOut(lines=[DiffLineOut(kind=each.kind, text=each.text) for each in lines])


@router.post(f"{_ONE}/drafts", status_code=status.HTTP_201_CREATED, responses=responses(409))
def save_draft(
    article_id: Article, language: Language, body: DraftIn, office: OfficeHere, staff: StaffHere
) -> VersionOut:
    """Keep a draft; clients see nothing of it. 409 with both texts when somebody saved a newer version."""
    saved = editing.save_draft(article_id, language, staff, office, **body.model_dump())
    return version_out(saved.version, saved.problems)


@router.post(f"{_ONE}/publish", responses=responses(404, 409))
def publish(article_id: Article, language: Language, body: Number, office: OfficeHere, staff: StaffHere) -> VersionOut:
    """Let clients have the newest version. 422 with every problem when it has a mistake."""
    saved = editing.publish(article_id, language, body.number, staff, office)
    return version_out(saved.version, saved.problems)


@router.post(f"{_ONE}/restore", responses=responses(404, 409))
def restore(
    article_id: Article, language: Language, body: RestoreIn, office: OfficeHere, staff: StaffHere
) -> VersionOut:
    """Publish the text of an earlier version again, as a new one."""
    saved = editing.restore(article_id, language, body.number, staff, office, base=body.base, comment=body.comment)
    return version_out(saved.version, saved.problems)


@router.post(f"{_ONE}/withdraw", responses=responses(404, 409))
def withdraw(
    article_id: Article, language: Language, body: WithdrawIn, office: OfficeHere, staff: StaffHere
) -> ProblemList:
    """Stop serving an article; what now leads nowhere in others is listed."""
    return ProblemList(problems=problems_out(editing.withdraw(article_id, language, staff, office, base=body.base)))


@router.post(f"{_ONE}/preview")
def preview(
    article_id: Article, language: Language, body: SourceIn, office: OfficeHere, staff: StaffHere
) -> PreviewOut:
    """The article as clients will see it in each kind of channel, and what is wrong with it. Nothing is stored."""
    return preview_out(editing.preview(article_id, language, body.source, staff, office))


@router.post(f"{_ONE}/hits")
def find_hits(article_id: Article, language: Language, body: SourceIn, office: OfficeHere, staff: StaffHere) -> HitList:
    """Which questions would find the article: its own, and what clients wrote lately. Takes a second or two."""
    hits = editing.find_hits(article_id, language, body.source, staff, office)
    return HitList(hits=[hit_out(each) for each in hits])
