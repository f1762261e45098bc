"""Packages in metadata format: deployed over the Metadata API, as Salesforce's own tools do it (SALESFORCE.md 5.4).

A package is a ZIP with `package.xml`, `objects/*.object` and `permissionsets/*.permissionset`; `destructiveChanges.xml`
names what is deleted. Everything is done at `deploy`; the first `checkDeployStatus` still says that it goes on. The
sentences on manifests are recorded in public deployment logs. Nothing is kept of a package with an error.
"""

import base64
import binascii
import io
import zipfile
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any

from lxml import etree

from apatar.sandbox.salesforce.errors import Refused
from apatar.sandbox.salesforce.metadata_components import TYPES, Components
from apatar.sandbox.salesforce.metadata_facts import Facts, flag, part, several, text

_SUFFIXES = {".object": "CustomObject", ".permissionset": "PermissionSet"}
Names = list[tuple[str, str]]
"""Types and full names of components."""


class _RollBack(Exception):
    """Leaves the undoable block of a deployment that must not be kept."""


@dataclass(slots=True)
class Deployment:
    """What one deployment has done so far."""

    components: Components
    done: Names = field(default_factory=list)
    failures: list[tuple[str, str, str]] = field(default_factory=list)

    def put(self, kind: str, facts: Facts) -> None:
        name = text(facts, "fullName")
        try:
            self.components.put(kind, facts, may_create=True, may_update=True)
            self.done.append((kind, name))
        except Refused as refusal:
            self.failures.append((kind, name, refusal.message))

    def delete(self, kind: str, name: str) -> None:
        """Delete a component; one that is not there is no error, as with the real tools."""
        if self.components.read(kind, name) is None:
            return
        try:
            self.components.delete(kind, name)
            self.done.append((kind, name))
        except Refused as refusal:
            self.failures.append((kind, name, refusal.message))


def deploy(call: Facts, components: Components) -> Facts:
    """Carry out a package and return the first answer; its outcome is kept for `checkDeployStatus`."""
    files = _unpacked(text(call, "ZipFile"))
    run = Deployment(components)
    try:
        with components.undoable():
            _carry_out(files, run)
            if run.failures or flag(part(call, "DeployOptions"), "checkOnly"):
                raise _RollBack  # noqa: TRY301 - the savepoint around it is undone by it
    except _RollBack:
        pass
    deploy_id = components.state.new_id("0Af")
    outcome = {"done": [list(one) for one in run.done], "failures": [list(one) for one in run.failures], "asked": 0}
    components.state.put_setting(f"deploy:{deploy_id}", outcome)
    return {"done": "false", "id": deploy_id, "state": "Queued"}


def check(call: Facts, components: Components) -> Facts:
    deploy_id = text(call, "asyncProcessId")
    known = components.state.setting(f"deploy:{deploy_id}")
    if known is None:
        raise Refused("INVALID_ID_FIELD", f"Invalid AsyncProcessId: {deploy_id}")  # unverified text
    components.state.put_setting(f"deploy:{deploy_id}", {**known, "asked": known["asked"] + 1})
    if not known["asked"]:
        return {"done": "false", "id": deploy_id, "status": "InProgress", "success": "false"}
    failures, done = known["failures"], known["done"]
    details = {
        "componentFailures": [_told(kind, name, problem) for kind, name, problem in failures],
        "componentSuccesses": [] if failures else [_told(kind, name, "") for kind, name in done],
    }
    counts = {
        "numberComponentErrors": len(failures),
        "numberComponentsDeployed": 0 if failures else len(done),
        "numberComponentsTotal": len(failures) + len(done),
    }
    status = "Failed" if failures else "Succeeded"
    shown: Facts = {"details": details, "done": "true", "id": deploy_id, **counts}
    return {**shown, "rollbackOnError": "true", "status": status, "success": not failures}


def _carry_out(files: dict[str, Facts], run: Deployment) -> None:
    wanted, brought = _members(files.get("package.xml", {})), _brought(files)
    gone = _members(files.get("destructiveChanges.xml", {}))
    for kind, name in wanted:
        if (kind, name) not in brought:
            problem = (
                f"An object '{name}' of type {kind} was named in package.xml, but was not found in zipped directory"
            )
            run.failures.append((kind, name, problem))
    for kind, name in brought:
        inside = kind == "CustomField" and ("CustomObject", name.partition(".")[0]) in wanted
        if (kind, name) not in wanted and not inside:
            run.failures.append((kind, name, "Not in package.xml"))
    if not run.failures:
        _delete_all(gone, run)
        _put_all(brought, run)


def _put_all(brought: dict[tuple[str, str], Facts], run: Deployment) -> None:
    """Put objects before details, both before fields, and these before what grants them."""
    details = {
        name.partition(".")[0]: facts
        for (kind, name), facts in brought.items()
        if kind == "CustomField" and text(facts, "type") == "MasterDetail"
    }
    objects = [(name, facts) for (kind, name), facts in brought.items() if kind == "CustomObject"]
    for name, facts in sorted(objects, key=lambda one: one[0] in details):
        links = {"fields": [{**details[name], "fullName": _own(details[name])}]} if name in details else {}
        run.put("CustomObject", {**facts, **links, "fullName": name})
    for kind in ("CustomField", "PermissionSet"):
        for (found, name), facts in brought.items():
            if found == kind:
                run.put(kind, {**facts, "fullName": name})


def _delete_all(gone: Names, run: Deployment) -> None:
    """Delete what grants first, then fields, then objects, details before their masters."""
    order = {"PermissionSet": 0, "CustomField": 1, "CustomObject": 2}
    schema = run.components.state.schema

    def place(one: tuple[str, str]) -> tuple[int, bool]:
        held = schema.get(one[1].lower())
        detail = held is not None and any(found.is_detail for found in held.fields.values())
        return order.get(one[0], 3), not detail

    for kind, name in sorted(gone, key=place):
        run.delete(kind, name)


def _brought(files: dict[str, Facts]) -> dict[tuple[str, str], Facts]:
    """Return every component of the files, fields on their own; a file of a standard object is only their envelope."""
    found: dict[tuple[str, str], Facts] = {}
    for path, facts in files.items():
        kind, name = _SUFFIXES.get(PurePosixPath(path).suffix, ""), PurePosixPath(path).stem
        if not kind:
            continue
        if kind == "PermissionSet" or name.endswith("__c"):
            found[kind, name] = {key: value for key, value in facts.items() if key != "fields"}
        for one in several(facts, "fields") if kind == "CustomObject" else []:
            found["CustomField", f"{name}.{text(one, 'fullName')}"] = one
    return found


def _members(manifest: Facts) -> Names:
    return [
        (text(one, "name"), str(member))
        for one in several(manifest, "types")
        for member in several(one, "members")
        if text(one, "name") in TYPES
    ]


def _unpacked(coded: str) -> dict[str, Facts]:
    """Return the facts of every XML file, by its path from where package.xml lies."""
    try:
        with zipfile.ZipFile(io.BytesIO(base64.b64decode(coded))) as archive:
            contents = {name: archive.read(name) for name in archive.namelist() if not name.endswith("/")}
    except (zipfile.BadZipFile, binascii.Error) as error:
        raise Refused("INVALID_FIELD", f"The ZipFile cannot be read: {error}") from None
    home = next((name.removesuffix("package.xml") for name in contents if name.endswith("package.xml")), None)
    if home is None:
        raise Refused("INVALID_FIELD", "No package.xml found")  # the words of the real tools, the code unverified
    inside = {name: body for name, body in contents.items() if name.startswith(home)}
    return {name.removeprefix(home): _parsed(body) for name, body in inside.items()}


def _parsed(body: bytes) -> Facts:
    parser = etree.XMLParser(resolve_entities=False, no_network=True)
    try:
        return facts_of(etree.fromstring(body, parser))
    except etree.XMLSyntaxError as error:
        raise Refused("INVALID_FIELD", f"Error parsing file: {error}") from None


def facts_of(element: Any) -> Facts:
    """Return an element's children as facts; what repeats is a list, what is nil is left out."""
    facts: Facts = {}
    for child in element.iterchildren("*"):
        name = etree.QName(child).localname
        value = facts_of(child) if len(child) else (child.text or "")
        if name in facts:
            held = facts[name] if isinstance(facts[name], list) else [facts[name]]
            facts[name] = [*held, value]
        elif child.get("{http://www.w3.org/2001/XMLSchema-instance}nil") != "true":
            facts[name] = value
    return facts


def _own(facts: Facts) -> str:
    return text(facts, "fullName").rpartition(".")[2]


def _told(kind: str, name: str, problem: str) -> Facts:
    shown: Facts = {"componentType": kind, "fullName": name}
    trouble = {"problem": problem, "problemType": "Error"} if problem else {}
    return {**shown, **trouble, "success": not problem}
