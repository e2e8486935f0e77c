"""The offline bot: an adapter of the `Bot` port."""
