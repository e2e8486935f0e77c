"""Chaos: scenarios R1-R12 that kill, cut, fill and skew a real hub, and a checker that judges what its clients saw.

make chaos            all, short forms, one after the other; `make chaos-R3` one of them; ARGS=--long the long form

checker.py    what went wrong, from a history and the final logs; pure
history.py    what clients asked, were answered and saw, as JSON lines
websocket.py, client.py, crowd.py     clients of protocol v1, thousands on one core
proxy.py, mischief.py                 networks that fail: bytes, and whole messages
processes.py, stage.py                `serve`, `work` and the store as processes
scenarios/                            one file each
results.py                            kept results and the table in docs/reliability.md
"""
