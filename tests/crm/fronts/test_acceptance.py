"""HubSpot and Salesforce, behind Prism: all that a shipped mapping file has to do (tests/crm/acceptance.py)."""

import pytest

from tests.crm import acceptance

pytestmark = pytest.mark.servers

globals().update({name: it for name, it in vars(acceptance).items() if name.startswith("test_") or name == "her"})
