"""Plain HTTP: tickets, sign-in, pages, health."""
