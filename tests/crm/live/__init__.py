"""Real CRMs for the tests: how each is built, started, killed, and asked directly."""
