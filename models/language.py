"""Which of the served languages a message is in: Russian, English, or another one."""

import re
from typing import Final, Literal

Language = Literal["ru", "en", "other"]

_CYRILLIC = re.compile(r"[\u0400-\u052f]")
_LATIN = re.compile(r"[A-Za-z\u00c0-\u024f\u1e00-\u1eff]")
_OTHER_SCRIPT = re.compile(r"[^\W\d_A-Za-z\u00c0-\u024f\u1e00-\u1eff\u0400-\u052f]")
_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?")
_IGNORED = re.compile(r"\[[a-z]{4,8}\]|(?:https?://|www\.)\S{1,500}|[\w.+-]{1,64}@[\w.-]{1,100}", re.IGNORECASE)

# Letters that Russian lacks: Ukrainian, Belarusian, Kazakh, Kyrgyz, Tatar, Bashkir, Uzbek, Tajik, Serbian, Macedonian.
_FOREIGN_CYRILLIC = re.compile(r"[іїєґўәғқңөұүһҳҷӣӯҡҙҫђјљњћџѓќѕІЇЄҐЎӘҒҚҢӨҰҮҺҲҶӢӮҠҘҪЂЈЉЊЋЏЃЌЅ]")
_FOREIGN_LATIN = re.compile(r"[À-ÖØ-öø-ɏḀ-ỿ]")
_ONLY_RUSSIAN_HERE = re.compile(r"[ыэъёЫЭЪЁ]")

_RUSSIAN_WORDS: Final = """
    и в не на я что с а как у по к но за мне для из это меня до от вы мой моя мою моё мои нет где когда почему сколько
    можно ли же бы то есть или если уже ещё еще он она они мы вас нам вам так все всё только был было быть при после
    без через чтобы какой какая какие кто зачем хочу нужно надо могу карта карту карты деньги перевод кредит банк
"""
_OTHER_CYRILLIC_WORDS: Final = """
    як що чому це мені немає де коли можна ласка дякую гроші мене або щоб треба яка який якщо скільки можу працює
    картка рахунок добрий вечір будь допоможіть
    дзе калі мяне дзякуй грошы трэба прывітанне
    съм моята моите какво защо къде кога мога искам благодаря здравейте парите няма трябва още със
    шта зашто како моја нисам хвала здраво новац није сакам зошто каде
    мен менің қалай рахмет сәлем жоқ неге қанша кандай канча рахмат салам мага жок болот
    менинг қандай нега йўқ керак салом чӣ барои минем ничек рәхмәт
"""
_ENGLISH_WORDS: Final = """
    the a an i to my is it in of and for on you do can have what how why where when with not me this that be are was
    if from at your there has will would could did does am we they been by or so but as get need want please help hi
    hello hey thanks thank yes no ok card money account bank transfer payment pay app cash balance password code say
    don't can't i'm isn't didn't won't haven't it's what's
"""
# Spanish, Portuguese, Italian; French; German, Dutch; Polish, Czech; Turkish, Azerbaijani, Uzbek; Finnish, Swedish,
# Romanian, Indonesian. Words that are also English ("die", "come", "on") are left out.
_OTHER_LATIN_WORDS: Final = """
    el la una unos que qué por para con mis tarjeta cómo donde dónde cuándo cuenta dinero hola gracias puedo
    quiero necesito está estoy como del al sin muy pero usted buenos días
    não meu minha cartão dinheiro conta olá obrigado obrigada quando onde posso você uma preciso foi das
    il gli della che non sono mia mio carta conto soldi ciao grazie perché dove vorrei è
    le les des une est et je pas mon mes vous avec sur dans qui où quand comment pourquoi combien carte compte bonjour
    merci suis été voudrais
    der das und ich nicht ist ein eine mein meine wie wo wann warum karte konto geld hallo danke für mit auf von kann
    habe bitte guten wurde zu dem het een mijn niet ik kan waarom waar hoe bedankt kaart
    nie jest się mój moja jak gdzie kiedy dlaczego pieniądze karta dziękuję cześć dzień dobry mogę proszę
    kde kdy proč jsem peníze děkuji prosím můj
    ve bir bu için nasıl neden nerede kartım hesap merhaba teşekkürler değil yok hesabım necə kartımı niyə təşəkkür
    qanday kerak rahmat salom menga nega kartam uchun bilan yoq hisob
    miten kortti rahaa hej jag inte mitt kort hur och är tack este cum unde mulțumesc salut vreau
    saya tidak bisa kartu uang terima kasih bagaimana
"""
_SLAVIC: Final = frozenset(
    {"и", "в", "не", "на", "с", "а", "у", "по", "за", "из", "от", "до", "или", "при", "он", "то", "к"}
)
_RUSSIAN: Final = frozenset(_RUSSIAN_WORDS.split())
_OTHER_CYRILLIC: Final = frozenset(_OTHER_CYRILLIC_WORDS.split())
_ENGLISH: Final = frozenset(_ENGLISH_WORDS.split())
OTHER_LATIN: Final = frozenset(_OTHER_LATIN_WORDS.split())


def detect_language(text: str) -> Language:
    """The language of the message's words; placeholders, addresses and e-mails do not count.

    "other" is any language the product does not serve, and also what a message without a single letter gets.
    """
    text = _IGNORED.sub(" ", text)
    cyrillic, latin = len(_CYRILLIC.findall(text)), len(_LATIN.findall(text))
    other = 0 if text.isascii() else len(_OTHER_SCRIPT.findall(text))
    if cyrillic + latin == 0 or other > cyrillic + latin:
        return "other"
    words = [word.lower() for word in _WORD.findall(text)]
    if cyrillic and latin:
        return _of_mixed(text, words, cyrillic, latin)
    return _of_cyrillic(text, words) if cyrillic else _of_latin(text, words)


def _of_mixed(text: str, words: list[str], cyrillic: int, latin: int) -> Language:
    """Brand names in Russian, or a Russian name in an English sentence: function words decide, then Russian wins."""
    english = sum(word in _ENGLISH for word in words)
    russian = sum(word in _RUSSIAN for word in words)
    if english > russian + 1 and latin > cyrillic:
        return "en"
    if russian == 0 and latin > 4 * cyrillic:
        return _of_latin(text, words)
    return _of_cyrillic(text, words)


def _of_cyrillic(text: str, words: list[str]) -> Language:
    foreign_letters = len(_FOREIGN_CYRILLIC.findall(text))
    foreign = sum(word in _OTHER_CYRILLIC for word in words) + foreign_letters
    russian = sum(word in _RUSSIAN and word not in _SLAVIC for word in words)
    if _ONLY_RUSSIAN_HERE.search(text):
        russian += 1 if foreign_letters else 2
    return "other" if foreign > russian else "ru"


def _of_latin(text: str, words: list[str]) -> Language:
    english = sum(word in _ENGLISH for word in words)
    foreign = sum(word in OTHER_LATIN for word in words)
    accented = sum(_FOREIGN_LATIN.search(word) is not None for word in words)
    return "other" if foreign + accented > english else "en"
