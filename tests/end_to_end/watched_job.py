"""The job with everything it writes and shows under watch, to be searched for secrets."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import msgspec
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    load_pem_private_key,
)
from ml_connector.secrets import open_vault

from tests.core.anaplan.oauth import make_store, sign_in
from tests.end_to_end.test_meltano import ROOT, variables
from tests.support.processes import ProcessWatch
from tests.support.sandbox import command
from tests.support.searching import find_anywhere, read_files

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from ml_connector.anaplan import LoginStore
    from ml_connector.secrets import Key

    from tests.support.sandbox import Sandbox
    from tests.support.wiretap import Wiretap

VENDORS, ORDERS = "records/AP/APVendors", "records/PO/POPurchaseOrders"
NAME, DESCRIPTION, COST = "Zebrafink Umbrellas KG", "Quagga-hide valve", "917263.41"
WRONG = "Wr0ng-And-Recognisable"
PASSPHRASE = "Open-Sesame-Recognisable"
MESSAGES = "singer-messages.jsonl"


@dataclass
class Job:
    """One company, one model, and the job between them with a folder for all it may write."""

    sandbox: Sandbox
    wiretap: Wiretap
    folder: Path
    key: Key
    began: float
    printed: bytes = b""
    watches: list[ProcessWatch] = field(default_factory=list)
    settings: dict[str, str] = field(default_factory=dict)
    """Of the target, beyond those of a sign-in with user and password."""
    seeded: dict[str, str] = field(default_factory=dict)
    """Further secrets that nobody may find, by what they are."""
    elsewhere: Callable[[], Mapping[str, bytes]] = dict
    """What was written and lies in no file of ours, such as a database on a server."""

    def store(self, name: str, password: str, *, field: str = "password") -> None:
        """Put a secret into the vault."""
        with open_vault().writing() as draft:
            draft.put(name, {field: password})

    def sign_in_by_oauth(self) -> LoginStore:
        """Let a person sign in; the access token has ended, so the job renews the login."""
        signed_in = sign_in(self.sandbox)
        login = msgspec.structs.replace(signed_in, oauth_url=self.wiretap.address)
        self.seeded |= {"refresh token": login.refresh_token, "access token": login.access_token}
        self.settings = {"auth_method": "oauth", "oauth_url": self.wiretap.address}
        return make_store(login)

    def sign_in_by_certificate(self) -> None:
        """Have a certificate with an encrypted key, all of it in the vault."""
        issued = self.sandbox.anaplan("POST", "certificates", {})
        key = load_pem_private_key(issued["private_key"].encode(), None)
        protection = BestAvailableEncryption(PASSPHRASE.encode())
        locked = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, protection).decode()
        kept = {"private_key": locked, "private_key_passphrase": PASSPHRASE}
        for name, secret in (kept | {"certificate": issued["certificate"]}).items():
            self.store("anaplan", secret, field=name)
        names = ("certificate", *kept)
        self.settings = {"auth_method": "certificate"}
        self.settings |= {name: f"vault:anaplan/{name}" for name in names}
        # A line of a key is worth finding, however the others stand.
        self.seeded |= {"passphrase": PASSPHRASE, "key": locked.split("\n")[5]}
        self.seeded |= {"opened key": issued["private_key"].split("\n")[5]}

    def environment(self, level: str) -> dict[str, str]:
        """What the job is started with; the only secret in it is the vault's key."""
        sage, anaplan = (self.sandbox.info[system]["password"] for system in ("sage300", "anaplan"))
        found = {
            name: value
            for name, value in variables(self.sandbox, self.folder).items()
            if value not in {sage, anaplan} and not name.endswith("_PASSWORD")
        }
        for name in ("API", "AUTH", "OAUTH"):
            found[f"TARGET_ANAPLAN_{name}_URL"] = self.wiretap.address
        found |= {f"TARGET_ANAPLAN_{name.upper()}": text for name, text in self.settings.items()}
        for name in ("HOME", "TMPDIR", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME"):
            path = self.folder / name.lower()
            path.mkdir(exist_ok=True)
            found[name] = str(path)
        return found | {"MELTANO_CLI_LOG_LEVEL": level, "LOGLEVEL": level}

    def start(self, level: str = "info") -> subprocess.Popen[bytes]:
        """Start the job."""
        return subprocess.Popen(
            [command("meltano"), "run", "--force", "sage300-to-anaplan"],
            cwd=ROOT,
            env=self.environment(level),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )

    def run(self, level: str = "info") -> str:
        """Run the job to its end; return what it logged."""
        with self.start(level) as process, ProcessWatch(process.pid) as watch:
            printed, _ = process.communicate(timeout=900)
        self.watches.append(watch)
        self.printed += printed
        return printed.decode()

    def run_plugins(self, level: str = "info", **both: str) -> str:
        """Run tap and target as a shell would, without Meltano; return what both logged.

        What goes from one to the other is kept in a file; `both` are settings that both take.
        """
        lines = []
        for plugin, system in (("tap-sage300", "sage300"), ("target-anaplan", "anaplan")):
            settings = self.sandbox.info[system] | {"password": f"vault:{system}/password"} | both
            if system == "anaplan":
                settings |= dict.fromkeys(("api_url", "auth_url"), self.wiretap.address)
                settings |= self.settings
            file = self.folder / f"{plugin}.json"
            file.write_text(json.dumps(settings))
            lines.append(f"{command(plugin)} --config {file}")
        with (
            subprocess.Popen(
                ["bash", "-c", f" | tee -a {self.folder / MESSAGES} | ".join(lines)],
                env=self.environment(level),
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
            ) as process,
            ProcessWatch(process.pid) as watch,
        ):
            printed, _ = process.communicate(timeout=300)
        self.watches.append(watch)
        self.printed += printed
        return printed.decode()

    def run_and_kill(self, control: Callable[..., object], **fault: object) -> str:
        """Run the job until a request is held, then kill all its processes at once (-9)."""
        control("POST", "faults", {"kind": "hang", "times": 1, **fault})
        with self.start() as process, ProcessWatch(process.pid) as watch:
            self.sandbox.wait_for_held_request(control)
            for pid in sorted(watch.pids):
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            printed, _ = process.communicate(timeout=60)
        assert process.returncode == -signal.SIGKILL
        control("DELETE", "faults")
        self.watches.append(watch)
        self.printed += printed
        return printed.decode()

    def secrets(self) -> dict[str, str]:
        """Everything nobody may find."""
        sage = self.sandbox.info["sage300"]
        return self.wiretap.secrets() | {
            "Sage password": sage["password"],
            "Sage header": f"{sage['username']}:{sage['password']}",
            "Anaplan password": self.sandbox.info["anaplan"]["password"],
            "wrong password": WRONG,
            "vault key": self.key.text,
            **self.seeded,
        }

    def places(self) -> dict[str, bytes]:
        """Everything that was written: files, logs, and what the process list showed."""
        written = {path: raw for watch in self.watches for path, raw in watch.written.items()}
        found = {str(path): raw for path, raw in written.items()}
        roots = [self.folder, ROOT / ".meltano", ROOT / ".env"]
        found |= {"printed": self.printed, **read_files(roots, since=self.began)}
        found |= {str(path): path.read_bytes() for path in written if path.is_file()}
        found |= self.elsewhere()
        given = f"ML_CONNECTOR_KEY={self.key.text}".encode()
        for number, watch in enumerate(self.watches):
            found[f"command lines {number}"] = b"\n".join(watch.command_lines)
            found[f"environments {number}"] = b"\n".join(watch.environments).replace(given, b"")
        return found

    def check_nothing_found(self, *expected: str) -> None:
        """No secret anywhere; the places are those where one would be, `expected` among them."""
        places = self.places()
        names = " ".join(places)
        for one in ("vault.json", "printed", "environments", *expected):
            assert one in names, one
        assert all(watch.seen("tap-sage300") for watch in self.watches)
        assert find_anywhere(places, self.secrets()) == []

    def row_values(self) -> dict[str, str]:
        """Values that stand in rows and in no text of any program."""
        vendors = self.sandbox.sage("GET", VENDORS)
        return {
            "vendor name": NAME,
            "description": DESCRIPTION,
            "amount": COST,
            # One is called Null, to try out those who read it; such names stand everywhere.
            **{
                f"name of {one['VendorNumber']}": one["VendorName"]
                for one in vendors
                if len(one["VendorName"]) > 12
            },
        }


def seed_values(sandbox: Sandbox) -> None:
    """Put values into the company that can be told from every other text."""
    vendor = sandbox.sage("GET", VENDORS)[0]["VendorNumber"]
    sandbox.sage("PATCH", f"{VENDORS}/{vendor}", {"VendorName": NAME})
    order = next(one for one in sandbox.sage("GET", ORDERS) if not one["Completed"])
    line = {
        "LineNumber": order["PurchaseOrderLines"][0]["LineNumber"],
        "ItemDescription": DESCRIPTION,
        "UnitCost": COST,
    }
    change = {"PurchaseOrderLines": [line]}
    sandbox.sage("PATCH", f"{ORDERS}/{order['PurchaseOrderSequenceKey']}", change)
