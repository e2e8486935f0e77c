"""The web widget's visitors."""
