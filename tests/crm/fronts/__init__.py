"""HubSpot and Salesforce as far as the mapping files ask them: their data, their limits, their quirks, behind Prism."""
