"""What is derived from the models: API documents, the error registry page, the settings page, the JS constants.

`python -m hub.transport.generate` writes them; with `--check` it only says which ones are stale.
"""
