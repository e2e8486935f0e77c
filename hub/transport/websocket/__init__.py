"""Sockets: bytes to whole text messages and back, on one of two paths (lean, plain) behind one seam, wire.py."""
