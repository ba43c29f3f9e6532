"""The description of the API says what the checks say."""

from __future__ import annotations

from helpline import inputs, openapi


def test_every_reference_resolves() -> None:
    described = openapi.description()

    def references(part: object) -> set[str]:
        if isinstance(part, dict):
            own = {part["$ref"]} if isinstance(part.get("$ref"), str) else set()
            return own.union(*(references(value) for value in part.values()))
        if isinstance(part, list):
            return set().union(*(references(value) for value in part))
        return set()

    known = {f"#/components/schemas/{name}" for name in described["components"]["schemas"]}
    assert references(described) <= known


def test_bodies_are_those_that_are_checked() -> None:
    schemas = openapi.description()["components"]["schemas"]
    for body in (inputs.ChatBody, inputs.FeedbackBody, inputs.ForgetBody, inputs.SheetBody, inputs.SheetTurn):
        described = schemas[body.__name__]
        assert set(described["properties"]) == set(body.__fields__)
        assert described["additionalProperties"] is False
    assert schemas["SheetBody"]["properties"]["turns"]["maxItems"] == inputs.MOST_TURNS
