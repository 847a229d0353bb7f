"""How is a tag written? One spelling for each, so that «VIP», «#vip» and «vip » are the same tag."""

import re
import unicodedata

LONGEST_TAG = 40
MOST_TAGS = 20
_GAPS = re.compile(r"[\s_-]+")
_STRANGE = re.compile(r"[^\w-]")


def normalise_tag(written: str) -> str | None:
    """The tag in its one spelling: small letters, digits and single hyphens; None when nothing is left of it.

    Longer than forty letters is not a tag but a note: None as well.
    """
    plain = unicodedata.normalize("NFKC", written[: 4 * LONGEST_TAG]).casefold().replace("ё", "е")
    plain = unicodedata.normalize("NFKC", plain)
    hyphened = _STRANGE.sub("", _GAPS.sub("-", plain))
    tag = re.sub(r"-+", "-", hyphened).strip("-")
    return tag if 0 < len(tag) <= LONGEST_TAG and len(written) <= 4 * LONGEST_TAG else None
