"""Card numbers: covered in what is kept, and read by the model as it was trained to."""

from models.preparation import prepare
from service.storage import messages
from tests.service.conftest import Client

WRITTEN = "карта 4111 1111 1111 1111 не работает в магазине"


def test_what_is_kept_shows_four_digits_and_the_model_reads_a_placeholder(client: Client) -> None:
    stored = client.say(WRITTEN).message
    assert "1111 1111" not in stored.text
    assert stored.text.endswith("1111 не работает в магазине")
    with client.office.database.read() as connection:
        kept = messages.get_by_seq(connection, stored.conversation_id, stored.seq)
    assert kept is not None
    understood = kept.understanding or {}
    assert understood["text"] == prepare(WRITTEN).masked
    assert {"kind": "card", "value": "[card]"} in understood["entities"]
