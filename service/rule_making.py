"""The rules that the policies decide by, made of the taxonomy, what people added to it, and the owner's settings."""

from models.errors import TaxonomyError
from models.taxonomy import Taxonomy, load_taxonomy
from service import texts
from service.dialogues import DIALOGUES
from service.dialogues.base import Dialogue
from service.domain.intents import Does, IntentRule, Mode, Priority, Rules
from service.errors import SetupError
from service.intent_book import extend
from service.policies.decide import VERIFYING
from service.settings import Settings
from service.storage import added_intents, departments
from service.storage.database import Database


def read_taxonomy(settings: Settings) -> Taxonomy:
    """The intents; SetupError when the file can't be used."""
    try:
        return load_taxonomy(settings.taxonomy)
    except TaxonomyError as error:
        raise SetupError(str(error)) from error


def whole_taxonomy(database: Database, settings: Settings) -> Taxonomy:
    """The intents of the file and those added in the console; SetupError when the file can't be used."""
    with database.read() as connection:
        added = added_intents.all_added(connection)
    return extend(read_taxonomy(settings), added)


def seed_departments(database: Database, taxonomy: Taxonomy) -> None:
    """Add the departments of the taxonomy that the database doesn't know yet; people rename and close them later."""
    with database.read() as connection:
        known = {each.id for each in departments.all_departments(connection)}
    if known.issuperset(taxonomy.departments):
        return
    titles = {
        each: {
            language: texts.table("departments", language)[each]
            for language in texts.LANGUAGES
            if each in texts.table("departments", language)
        }
        for each in taxonomy.departments
    }
    with database.write() as connection:
        departments.seed(connection, taxonomy.departments, titles)


def _is_there(dialogue: Dialogue, settings: Settings) -> bool:
    """Some procedures need a bank that knows its clients, and codes need somebody who sends letters."""
    if dialogue.asks_bank and settings.back_office == "none":
        return False
    return dialogue.name != VERIFYING or settings.mail != "none"


def make_rules(taxonomy: Taxonomy, settings: Settings) -> Rules:
    """The taxonomy and the owner's settings as the policies see them; SetupError for a mode of an unknown intent."""
    unknown = sorted(set(settings.intent_modes) - set(taxonomy.ids))
    if unknown:
        raise SetupError(f"OTKLIK_INTENT_MODES names unknown intents: {', '.join(unknown)}")
    titles = texts.titles()
    intents = {
        intent.id: IntentRule(
            id=intent.id,
            department=intent.department,
            does=Does(intent.does),
            title=titles.get(intent.id) or {"ru": intent.about},
            action=intent.action,
            verified=intent.verified,
            fresh=intent.fresh,
            secure=intent.secure,
            priority=Priority(intent.priority),
            mode=Mode(settings.intent_modes.get(intent.id, "auto")),
        )
        for intent in taxonomy.intents
    }
    return Rules(
        intents=intents,
        departments=tuple(taxonomy.departments),
        commands=texts.commands(),
        actions=frozenset(name for name, dialogue in DIALOGUES.items() if _is_there(dialogue, settings)),
        burst_seconds=settings.burst_seconds,
        repeat_minutes=settings.repeat_minutes,
        fresh_minutes=settings.fresh_minutes,
        phone_region=settings.phone_region,
    )
