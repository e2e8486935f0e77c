"""The front's reader of SOQL: texts are texts, and what is not SOQL is refused."""

import pytest

from tests.crm.fronts import soql

PEOPLE = [{"Name": "O'Neil"}, {"Name": "' or 1=1 --"}, {"Name": "欧阳·娜娜"}, {"Name": "a\\b"}]


def names(where: str) -> list[str]:
    query = soql.read(f"SELECT Name FROM Contact WHERE {where}")
    return [str(person["Name"]) for person in PEOPLE if query.where(person)]


@pytest.mark.parametrize(
    ("where", "found"),
    [
        (r"Name = 'O\'Neil'", ["O'Neil"]),
        (r"Name = '\' or 1=1 --'", ["' or 1=1 --"]),
        (r"Name = 'a\\b'", ["a\\b"]),
        ("Name = '欧阳·娜娜' OR Name LIKE 'o%'", ["O'Neil", "欧阳·娜娜"]),
        ("NOT Name LIKE '%1%' AND (Name != null)", ["O'Neil", "欧阳·娜娜", "a\\b"]),
        ("Name IN ('x', 'o''neil')", SyntaxError),
        ("Name = '' or 1=1 --'", SyntaxError),
        ("Name = 'x", SyntaxError),
        ("Name = ", SyntaxError),
        ("Name", SyntaxError),
        (r"Name = 'a\x'", SyntaxError),
    ],
)
def test_texts_are_texts(where: str, found: object) -> None:
    if found is SyntaxError:
        with pytest.raises(soql.Malformed):
            names(where)
    else:
        assert names(where) == found


def test_a_whole_query_is_read() -> None:
    text = "SELECT Id, Account.Name, (SELECT Quantity FROM OrderItems) FROM Order ORDER BY A DESC, B LIMIT 5 OFFSET 2"
    query = soql.read(text)
    assert (query.of, query.fields, query.children[0].of) == ("Order", ["Id", "Account.Name"], "OrderItems")
    assert (query.order, query.limit, query.offset) == ([("A", True), ("B", False)], 5, 2)
