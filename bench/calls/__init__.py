"""Measures the relay of calls next to aiortc's MediaRelay and Janus: CPU per call, what arrives, and how late."""
