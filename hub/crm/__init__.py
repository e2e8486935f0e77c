"""CRM connectors: adapters of the `Crm` port."""
