"""An imitation of Anaplan's Authentication API and Integration API v2, for one workspace.

Behaviour follows the team's fact sheet on the Anaplan APIs; docstrings cite its sections by
number. What the sheet leaves open is a switch.
"""

from ml_connector_sandbox.anaplan._part import create_part

__all__ = ["create_part"]
