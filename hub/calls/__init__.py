"""Calls: the relay that media go through, and the processes that it runs in."""
