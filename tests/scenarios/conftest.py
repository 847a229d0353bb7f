"""Dialogues run on the same office, clock and clients as the service's tests."""

from tests.scenarios.bank_stage import stage
from tests.service.conftest import article_vectors, client, clock, model, new_client, office, settings

__all__ = ["article_vectors", "client", "clock", "model", "new_client", "office", "settings", "stage"]
