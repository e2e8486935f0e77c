"""How customers reach us: web, app (and later e-mail)."""
