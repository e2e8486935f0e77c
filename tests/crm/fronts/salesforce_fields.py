"""Salesforce's objects and their fields, as far as the front has them."""

_FIELDS = """
Contact: FirstName LastName Name Email Phone MobilePhone MailingStreet MailingCity MailingPostalCode MailingCountry
    CustomerNumber__c OneThreadIntent__c OneThreadSentiment__c OneThreadUrgency__c OneThreadLanguage__c
    AccountId>Account
Account: Name
Order: OrderNumber OrderReferenceNumber EffectiveDate Status TotalAmount BillToContactId>Contact AccountId>Account
OrderItem: Quantity UnitPrice OrderId>Order Product2Id>Product2
Product2: Name ProductCode
Case: CaseNumber Subject Description Status Priority Type Origin OneThreadMark__c ContactId>Contact
CaseComment: CommentBody IsPublished ParentId>Case
Task: Subject Description Status Priority ActivityDate TaskSubtype ReminderDateTime IsReminderSet OneThreadMark__c
    WhoId>Contact WhatId>Case OwnerId>User
Lead: FirstName LastName Name Company Email Phone Description LeadSource Status OneThreadMark__c
Topic: Name
TopicAssignment: EntityId>Contact TopicId>Topic
User: Name
"""


def _objects(text: str) -> dict[str, dict[str, str]]:
    """Object -> field -> the object it refers to ("" = a plain value)."""
    objects: dict[str, dict[str, str]] = {}
    for word in text.split():
        if word.endswith(":"):
            fields = objects.setdefault(word[:-1], {})
        else:
            name, _, of = word.partition(">")
            fields[name] = of
    return objects


FIELDS = _objects(_FIELDS)
SYSTEM = {"Id": "", "CreatedDate": "", "LastModifiedDate": "", "CreatedById": "User"}
# (object, relationship) -> the child object and its field that refers to the parent.
CHILDREN = {
    ("Order", "OrderItems"): ("OrderItem", "OrderId"),
    ("Contact", "TopicAssignments"): ("TopicAssignment", "EntityId"),
}
REQUIRED = {
    "Contact": ("LastName",),
    "Lead": ("LastName", "Company"),
    "CaseComment": ("ParentId",),
    "Topic": ("Name",),
    "TopicAssignment": ("EntityId", "TopicId"),
}
UNIQUE = {
    "Contact": (("CustomerNumber__c",),),
    "Case": (("OneThreadMark__c",),),
    "Topic": (("Name",),),
    "TopicAssignment": (("EntityId", "TopicId"),),
}
LONGEST = {"Subject": 255, "Description": 32_000, "CommentBody": 4_000, "LastName": 80, "FirstName": 40, "Company": 255}
# The first three characters of an id say what it is of.
PREFIX = {
    "Account": "001",
    "Contact": "003",
    "User": "005",
    "CaseComment": "00a",
    "Lead": "00Q",
    "Task": "00T",
    "Product2": "01t",
    "Topic": "0TO",
    "TopicAssignment": "0Tt",
    "Case": "500",
    "Order": "801",
    "OrderItem": "802",
}


def known(kind: str, name: str) -> bool:
    """Whether `name`, plain or dotted, is a field of `kind`."""
    first, _, rest = name.partition(".")
    fields = FIELDS[kind] | SYSTEM
    return known(fields[f"{first}Id"], rest) if rest and f"{first}Id" in fields else first in fields and not rest
