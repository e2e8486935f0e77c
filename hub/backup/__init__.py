"""Backups: take one from a living store, verify it without any store, restore it into an empty one.

file.py       the file: compressed lines, with a checksum at the end
taking.py     store -> file, each shard as it was at one moment, while the hub goes on
verifying.py  every log gapless, every state the fold of its log, the indexes as the states say
restoring.py  file -> store, with a new epoch for each conversation
"""
