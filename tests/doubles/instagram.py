"""A double of the Graph API for Instagram."""

from tests.doubles.graph import GraphDouble

ACCOUNT = "10500000000002"


class InstagramDouble(GraphDouble):
    """One account."""

    def __init__(self) -> None:
        super().__init__(ACCOUNT)
