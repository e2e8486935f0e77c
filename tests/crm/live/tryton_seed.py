"""Fills a new Tryton database, straight on it with proteus: a company, a product, the cast with their orders and
shipments, a kind of complaint, and the user `hub` with a key for the REST API. Prints what a test has to know, as JSON.

It runs in Tryton's virtual environment, with the server stopped (SQLite has one writer).
"""

import json
import sys
from decimal import Decimal
from pathlib import Path

from proteus import Model
from proteus import config as proteus_config

sys.path.append(str(Path(__file__).parents[1]))
from cast import CUSTOMERS, PRODUCT

config = proteus_config.set_trytond(database="crm", config_file=sys.argv[1])
from trytond.modules.account.tests.tools import create_chart, create_fiscalyear, get_accounts  # noqa: E402
from trytond.modules.account_invoice.tests.tools import (  # noqa: E402
    create_payment_term,
    set_fiscalyear_invoice_sequences,
)
from trytond.modules.company.tests.tools import create_company, get_company  # noqa: E402

# Administrator: to approve a complaint.
GROUPS = ("Party Administration", "Sales", "Sales Administrator", "Sale Opportunity", "Stock")


def books():
    """What Tryton wants before anything can be sold: a company, its accounts, a fiscal year."""
    create_company()
    create_chart()
    set_fiscalyear_invoice_sequences(create_fiscalyear()).click("create_period")
    term = create_payment_term()
    term.save()
    return get_accounts(), term


def an_employee():
    """Opportunities want one."""
    party = Model.get("party.party")(name="Agent Smith")
    party.save()
    employee = Model.get("company.employee")(party=party)
    employee.save()
    User = Model.get("res.user")
    admin = User(config.user)
    admin.employees.append(employee)
    admin.employee = employee
    admin.save()
    config._context = User.get_preferences(True, {})
    return employee


def a_product(accounts):
    Category, Template = Model.get("product.category"), Model.get("product.template")
    goods = Category(name="Goods", accounting=True)
    goods.account_expense, goods.account_revenue = accounts["expense"], accounts["revenue"]
    goods.save()
    [unit] = Model.get("product.uom").find([("name", "=", "Unit")])
    template = Template(name=PRODUCT["name"], default_uom=unit, type="goods", salable=True)
    template.list_price, template.account_category = Decimal(PRODUCT["price"]), goods
    template.save()
    [product] = template.products
    product.suffix_code = PRODUCT["sku"]
    product.save()
    return product


def tags():
    """Categories of parties are Tryton's tags; tiers are those below "Tier"."""
    Category = Model.get("party.category")
    tier = Category(name="Tier")
    tier.save()
    made = {}
    for name, parent in (("Gold", tier), ("Silver", tier), ("VIP", None)):
        made[name] = Category(name=name, parent=parent)
        made[name].save()
    return made


def a_party(person, categories):
    Category = Model.get("party.category")
    party = Model.get("party.party")(name=person["name"])
    for tag in person["tags"]:
        party.categories.append(Category(categories[tag].id))
    for kind, value in (("email", person["email"]), ("mobile", person["phone"])):
        mechanism = party.contact_mechanisms.new()
        mechanism.type, mechanism.value = kind, value
    identifier = party.identifiers.new()
    identifier.code = person["external_id"]
    address = party.addresses[0] if party.addresses else party.addresses.new()
    address.street_unstructured = person["address"]["street"]
    address.city, address.postal_code = person["address"]["city"], person["address"]["postal_code"]
    party.save()
    return party


def an_order(party, person, product, term):
    """A confirmed sale; Tryton makes its shipment."""
    sale = Model.get("sale.sale")(party=party, payment_term=term, reference=person["order"], invoice_method="order")
    line = sale.lines.new()
    line.product, line.quantity = product, float(person["quantity"])
    sale.click("quote")
    sale.click("confirm")
    sale.click("process")
    return sale


def the_hub(employee):
    """The user that the hub signs in as, and its key."""
    Group, Company, User = Model.get("res.group"), Model.get("company.company"), Model.get("res.user")
    hub = User(name="Service hub", login="hub", email="hub@example.com")
    for name in GROUPS:
        [group] = Group.find([("name", "=", name)])
        hub.groups.append(group)
    company = get_company()
    hub.companies.append(Company(company.id))
    hub.company = company
    hub.employees.append(Model.get("company.employee")(employee.id))
    hub.employee = employee
    hub.save()
    application = Model.get("res.user.application")(user=hub, application="rest")
    application.save()
    assert application.state == "validated", application.state
    return application.key


accounts, term = books()
employee = an_employee()
product, categories = a_product(accounts), tags()
parties = {}
for person in CUSTOMERS:
    party = a_party(person, categories)
    parties[person["external_id"]] = party.id
    an_order(party, person, product, term)
[sales] = Model.get("ir.model").find([("name", "=", "sale.sale")])
Model.get("sale.complaint.type")(name="Order problem", origin=sales).save()
print(json.dumps({"key": the_hub(employee), "parties": parties}))
