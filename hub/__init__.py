"""OneThread: one customer, one conversation, across every channel."""

__version__ = "0.1.0"
