"""Who the customers are and what they did."""

from customers.models.access import ApiKey, AuditEntry, IdempotentAnswer
from customers.models.catalogue import CatalogueAttribute, CatalogueProperty
from customers.models.consent import Consent, ConsentChange
from customers.models.customer import Customer, Identity, Merge
from customers.models.dirty import DirtyCustomer
from customers.models.event import Event, EventName, EventTotal, Order, OrderTotal, Receipt
from customers.models.source import RejectedInput, Source, WriteKey
from customers.models.view import SavedView

__all__ = [
    "ApiKey",
    "AuditEntry",
    "CatalogueAttribute",
    "CatalogueProperty",
    "Consent",
    "ConsentChange",
    "Customer",
    "DirtyCustomer",
    "Event",
    "EventName",
    "EventTotal",
    "IdempotentAnswer",
    "Identity",
    "Merge",
    "Order",
    "OrderTotal",
    "Receipt",
    "RejectedInput",
    "SavedView",
    "Source",
    "WriteKey",
]
