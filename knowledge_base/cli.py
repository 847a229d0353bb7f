"""`otklik knowledge ...`: check the articles, move them between Markdown and CSV, search them."""

import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Annotated, Any, Final, NoReturn

import typer
from rich.console import Console
from rich.progress import Progress

from knowledge_base.articles import load_any, write_articles, write_csv
from knowledge_base.checks import check, check_folder
from knowledge_base.csv_file import load_csv
from knowledge_base.errors import ArticleError, KnowledgeError
from knowledge_base.search import Hit, SearchIndex
from models.encoder import load_encoder
from models.errors import ModelError
from models.taxonomy import Taxonomy, load_taxonomy

ARTICLES: Final = Path(__file__).parent / "articles"
TAXONOMY: Final = Path(__file__).parent.parent / "training" / "data" / "taxonomy.yaml"
_QUERIES_AT_ONCE: Final = 64

app = typer.Typer(help="The knowledge base: check, export, search.", no_args_is_help=True)


def _fail(what: str) -> NoReturn:
    typer.echo(what, err=True)
    raise typer.Exit(1)


@app.command("check")
def check_command(
    folder: Annotated[Path, typer.Argument(help="A folder of articles, or a .csv file.")] = ARTICLES,
    taxonomy: Annotated[Path, typer.Option(help="The taxonomy.yaml that intents are checked against.")] = TAXONOMY,
    facts: Annotated[Path | None, typer.Option(help="facts.toml, when it isn't beside the folder.")] = None,
    strict: Annotated[bool, typer.Option("--strict", help="Fail on warnings too.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a problem.")] = False,
) -> None:
    """Find dead links, missing languages, duplicates, overlong answers. Exit code 1 when there is an error."""
    try:
        intents: Taxonomy | None = load_taxonomy(taxonomy)
    except ModelError as error:
        _fail(str(error))
    if folder.is_file():
        try:
            articles = load_csv(folder)
        except ArticleError as error:
            _fail(str(error))
        problems = check(articles, intents)
    else:
        articles, problems = check_folder(folder, intents, facts_path=facts)
    for problem in problems:
        fields = {"file": problem.file, "line": problem.line, "severity": problem.severity, "what": problem.what}
        typer.echo(json.dumps(fields, ensure_ascii=False) if as_json else str(problem))
    errors = sum(problem.severity == "error" for problem in problems)
    typer.echo(f"{len(articles)} articles, {errors} errors, {len(problems) - errors} warnings", err=True)
    if errors or (strict and problems):
        raise typer.Exit(1)


@app.command("export")
def export_command(
    source: Annotated[Path, typer.Argument(help="A folder of Markdown articles, or a .csv file.")],
    target: Annotated[Path, typer.Argument(help="A .csv file, or a folder for Markdown.")],
    force: Annotated[bool, typer.Option("--force", help="Write over what is there.")] = False,
) -> None:
    """Turn Markdown into CSV or CSV into Markdown. CSV keeps questions, answers, titles and intents only."""
    if target.exists() and (target.is_file() or any(target.iterdir())) and not force:
        _fail(f"{target} is there already; pass --force to write over it")
    try:
        articles = load_any(source)
        if target.suffix.lower() == ".csv":
            write_csv(articles, target)
        else:
            write_articles(articles, target)
    except (KnowledgeError, OSError) as error:
        _fail(str(error))
    typer.echo(f"{len(articles)} articles -> {target}", err=True)


@app.command("search")
def search_command(
    query: Annotated[str | None, typer.Argument(help="What a client might ask.")] = None,
    articles: Annotated[Path, typer.Option(help="A folder of articles, or a .csv file.")] = ARTICLES,
    queries: Annotated[Path | None, typer.Option(help="A .jsonl file: `query` or `text` in each line.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a query.")] = False,
    limit: Annotated[int, typer.Option(min=1, max=100, help="Articles for each query.")] = 5,
    language: Annotated[str | None, typer.Option(help="The client's language, ru or en.")] = None,
    encoder: Annotated[str, typer.Option(help="use, sentence-transformers:<name or path>, onnx:<path>.")] = "use",
    cache: Annotated[Path | None, typer.Option(help="Keep the articles' vectors in this .npz file.")] = None,
) -> None:
    """Search the articles for one query, or for a file of them."""
    if (query is None) == (queries is None):
        _fail("give a query, or --queries FILE.jsonl")
    try:
        asked = [({"query": query}, query)] if query is not None else list(_read_queries(queries or Path()))
        index = SearchIndex.build(load_any(articles), load_encoder(encoder), cache=cache)
        _answer(index, asked, as_json, limit, language)
    except (KnowledgeError, ModelError, OSError) as error:
        _fail(str(error))


def _answer(
    index: SearchIndex, asked: list[tuple[dict[str, Any], str]], as_json: bool, limit: int, language: str | None
) -> None:
    show: Callable[[dict[str, Any], str, list[Hit]], None] = _show_json if as_json else _show_text
    console = Console(stderr=True)
    with Progress(console=console, disable=not console.is_terminal or len(asked) == 1) as progress:
        for start in progress.track(range(0, len(asked), _QUERIES_AT_ONCE), description="searching"):
            batch = asked[start : start + _QUERIES_AT_ONCE]
            found = index.search_many([text for _, text in batch], limit=limit, language=language)
            for (fields, text), hits in zip(batch, found, strict=True):
                show(fields, text, hits)
    sys.stdout.flush()


def _read_queries(path: Path) -> Iterator[tuple[dict[str, Any], str]]:
    """(the line's keys, its query) of each line. Raises KnowledgeError with the line."""
    try:
        lines = path.read_text(encoding="utf-8-sig").split("\n")
    except UnicodeDecodeError as error:
        raise KnowledgeError(f"{path}:1: is not UTF-8 text; save it as UTF-8") from error
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            fields = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise KnowledgeError(f"{path}:{number}: not JSON: {error}") from error
        text = fields.get("query", fields.get("text")) if isinstance(fields, dict) else None
        if not isinstance(text, str):
            raise KnowledgeError(f"{path}:{number}: a line is an object with a text `query` or `text`")
        yield fields, text


def _show_json(fields: dict[str, Any], _text: str, hits: list[Hit]) -> None:
    found = [
        {"id": hit.article.id, "title": hit.article.title, "score": round(hit.score, 4), "question": hit.question}
        for hit in hits
    ]
    text = json.dumps(fields | {"articles": found}, ensure_ascii=False)
    # A copied key may hold half of a surrogate pair, which UTF-8 can't carry: escape that, as JSON does.
    typer.echo(text.encode("utf-8", "backslashreplace").decode())


def _show_text(_fields: dict[str, Any], text: str, hits: list[Hit]) -> None:
    typer.echo(f"{text}")
    for hit in hits:
        parts = " ".join(f"{name}={value:.2f}" for name, value in hit.parts.items())
        typer.echo(f"  {hit.score:.2f}  {hit.article.id}  {hit.article.title}  ({hit.question})\n        {parts}")
    if not hits:
        typer.echo("  nothing")
