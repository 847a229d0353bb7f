"""A double of WhatsApp's Cloud API."""

import itertools
from typing import Any

from tests.doubles.graph import GraphDouble, refused
from tests.doubles.platform import Answered

NUMBER = "106540352242922"


class WhatsappDouble(GraphDouble):
    """One telephone number."""

    def __init__(self) -> None:
        super().__init__(NUMBER)
        self._wamids = itertools.count(1)

    def about(self) -> dict[str, Any]:
        """The number and its name."""
        return {"id": NUMBER, "verified_name": "Банк", "display_phone_number": "+7 495 000-00-00"}

    def message(self, fields: dict[str, Any]) -> Answered:
        """A text, a picture, a document or buttons, with the limits of the platform."""
        if fields.get("messaging_product") != "whatsapp" or not (fields.get("to") or fields.get("recipient")):
            return refused(100, "(#100) Invalid parameter", error_data={"details": "to is required"})
        kind = fields.get("type", "text")
        content = fields.get(kind)
        if not isinstance(content, dict):
            return refused(131009, "Parameter value is not valid")
        if kind == "text" and not 0 < len(content.get("body", "")) <= 4096:
            return refused(131009, "Parameter value is not valid", error_data={"details": "text body is too long"})
        if kind == "interactive":
            titles = [each["reply"]["title"] for each in content["action"]["buttons"]]
            well = (
                0 < len(titles) <= 3 and all(0 < len(each) <= 20 for each in titles) and len(set(titles)) == len(titles)
            )
            if not well or not 0 < len(content["body"]["text"]) <= 1024:
                return refused(131009, "Parameter value is not valid")
        if kind in ("image", "document") and not content.get("id"):
            return refused(131008, "Required parameter is missing")
        self.sent.append(fields)
        wamid = f"wamid.{next(self._wamids)}"
        contacts = [{"input": fields.get("to"), "wa_id": fields.get("to")}]
        return Answered({"messaging_product": "whatsapp", "contacts": contacts, "messages": [{"id": wamid}]})
