"""Covers hub/bot/skills/skill.py and the registry: the same tools for the default bot and for an LLM."""

from hub.bot.skills import shipped
from hub.bot.skills.skill import schema


def test_every_skill_is_a_tool_with_a_schema() -> None:
    for name, skill in shipped().items():
        tool = schema(skill)
        function = tool["function"]
        assert tool["type"] == "function" and function["name"] == name == skill.name
        assert 20 < len(function["description"]) < 200 and function["description"].endswith(".")
        properties = function["parameters"]["properties"]
        assert set(properties) == {p.name for p in skill.parameters}
        assert all(p["type"] == "string" and p["description"] for p in properties.values())


def test_what_a_shops_desk_gets_is_there() -> None:
    wanted = (
        "greet order_status logistics points return_exchange repair product_help invoice opening_hours speak_to_person"
    )
    assert set(wanted.split()) | {"call_me", "leave_message", "faq"} <= set(shipped())
