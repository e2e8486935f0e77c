"""The connector for any CRM with an HTTP API: a mapping file says how it is asked and what its answers mean."""
