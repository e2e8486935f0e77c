"""Recordings: what a tap hears is written as it is, sealed; a process of its own makes films of it afterwards."""
