"""Calls of more than three parties: a hall of each, which Janus (and the wire) calls a room."""
