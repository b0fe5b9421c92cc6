"""An imitation of Anaplan's Authentication API and Integration API v2, for one workspace.

Behaviour follows the project's fact sheet on the Anaplan APIs; docstrings cite its sections by
number. What the sheet leaves open is a switch. Where to look:

* Answers: the package `routes`, a module per subject; `_app` lists them, `_http` has what they
  share.
* Imports: the package `engine` does what an import does with a file; `_import_runner` and
  `_task_runner` run it for a task.
* The model: `blueprint` is what the builder made, in the words of `_schema`; `_model` holds
  contents, `_calculated` what calculates.
* Reads and exports: `_grids` makes cells of a view, `_tables` and `_rendering` text of cells.
* The tenant: `_tenant`, with `_users`, `_tokens`, `_oauth`, `_certificates`.
* What people do in Anaplan's interface: `routes._control`, `_build`, `_planner_control`,
  `_sign_in_control`.
* Switches: `_switchboard` gathers the modules named `…_switches`.
"""

from ml_connector_sandbox.anaplan._part import create_part

__all__ = ["create_part"]
