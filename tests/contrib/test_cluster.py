"""Containers, Compose, Helm and Ansible: as far as their own programs and our settings judge."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from grafherald import __version__
from grafherald.settings.whole import whole_schema

CONTRIB = Path(__file__).resolve().parents[2] / "contrib"
CHART = CONTRIB / "helm/grafherald"
ROLE = CONTRIB / "ansible/roles/grafherald"
CONTAINER = CONTRIB / "container"


def program(name: str) -> str:
    found = shutil.which(name) or shutil.which(name, path=str(Path(sys.executable).parent))
    if not found:
        pytest.skip(f"{name} is not installed")
    return found


def loaded(path: Path) -> Any:
    return yaml.safe_load(path.read_text())


def test_what_each_is_told_are_settings() -> None:
    check = jsonschema.Draft202012Validator(whole_schema())
    play = loaded(CONTRIB / "ansible/site.yml")[0]["roles"][0]["vars"]
    for tree in (
        loaded(CONTAINER / "grafherald.yml"),
        loaded(CHART / "values.yaml")["settings"],
        play["grafherald_settings"],
    ):
        assert [error.message for error in check.iter_errors(tree)] == []


def test_the_container_has_what_compose_and_the_chart_expect() -> None:
    text = (CONTAINER / "Containerfile").read_text()
    compose = loaded(CONTAINER / "compose.yaml")
    service = compose["services"]["grafherald"]
    assert set(service["secrets"]) == set(compose["secrets"])
    told = (CONTAINER / "grafherald.yml").read_text()
    assert set(re.findall(r"/run/secrets/([\w-]+)", told)) == set(service["secrets"])
    assert "USER 10001" in text
    values = json.dumps(loaded(CHART / "values.yaml"))
    assert "10001" in (CHART / "templates/daemon.yaml").read_text()
    assert "/var/lib/grafherald" in values
    assert (CONTAINER.parents[1] / service["build"]["dockerfile"]).is_file()


def test_the_charts_version_is_ours() -> None:
    chart = loaded(CHART / "Chart.yaml")
    assert chart["version"] == chart["appVersion"] == __version__


def test_every_variable_of_the_role_has_a_default_and_is_used() -> None:
    text = "".join(
        path.read_text() for path in ROLE.glob("*/main.yml") if "defaults" not in str(path)
    )
    named = set(re.findall(r"\bgrafherald_\w+", text))
    assert named == set(loaded(ROLE / "defaults/main.yml"))


@pytest.mark.real
def test_helm_finds_nothing_wrong_and_makes_whole_resources() -> None:
    helm = program("helm")
    subprocess.run([helm, "lint", "--strict", CHART], check=True, capture_output=True)
    text = subprocess.check_output([helm, "template", "alerts", CHART], text=True)
    found = {one["kind"]: one for one in yaml.safe_load_all(text)}
    assert set(found) == {"ConfigMap", "Service", "PersistentVolumeClaim", "Deployment"}
    pod = found["Deployment"]["spec"]["template"]["spec"]
    mounted = {mount["name"] for mount in pod["containers"][0]["volumeMounts"]}
    assert mounted == {volume["name"] for volume in pod["volumes"]}
    settings = yaml.safe_load(found["ConfigMap"]["data"]["grafherald.yml"])
    assert settings == loaded(CHART / "values.yaml")["settings"]
    several = [helm, "template", "alerts", CHART, "--set", "replicas=2"]
    done = subprocess.run(several, capture_output=True, text=True, check=False)
    assert "more than one needs settings.store: postgresql" in done.stderr


@pytest.mark.real
def test_hadolint_finds_nothing_wrong() -> None:
    subprocess.run([program("hadolint"), CONTAINER / "Containerfile"], check=True)


@pytest.mark.real
def test_ansible_understands_the_playbook() -> None:
    words = [program("ansible-playbook"), "--syntax-check", "-i", "monitoring,", "site.yml"]
    subprocess.run(words, check=True, capture_output=True, cwd=CONTRIB / "ansible")


@pytest.mark.real
def test_ansible_lint_would_have_it_in_production(tmp_path: Path) -> None:
    lint = program("ansible-lint")
    path = f"{Path(lint).parent}:{os.environ['PATH']}"  # it starts ansible-playbook by name
    words = [lint, "--offline", "--strict", "--profile", "production", "--project-dir", "."]
    subprocess.run(
        words,
        check=True,
        capture_output=True,
        cwd=shutil.copytree(CONTRIB / "ansible", tmp_path / "ansible"),  # it writes beside it
        env={**os.environ, "PATH": path, "HOME": str(tmp_path)},
    )
