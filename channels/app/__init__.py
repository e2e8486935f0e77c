"""Customers whom a site's or an app's own backend vouches for."""
