"""The bot in a call: it speaks, listens, and hands over. A process of its own (hub/voice.py)."""
