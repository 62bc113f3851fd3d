"""What deploys kedge, looked at by the tools that know it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
CHART = DEPLOY / "helm/kedge"
SECRET = {"name": "kedge", "databaseKey": "database", "adminTokenKey": "admin-token"}
OURS = {"secret": SECRET, "output": "s3://bucket/reports", "allowedPlaces": ["s3://bucket", "s3://models/captures"]}
MORE = {
    "settings": {"jitter_seconds": 1200},
    "env": [{"name": "AWS_REGION", "value": "eu-west-1"}],
    "envFrom": [{"secretRef": {"name": "store"}}],
    "ingress": {"enabled": True, "host": "kedge.example", "className": "nginx", "annotations": {}, "tlsSecret": "tls"},
    "imagePullSecrets": [{"name": "registry"}],
    "nodeSelector": {"disk": "fast"},
    "podAnnotations": {"team": "risk"},
}
UNITS = sorted(path.name for path in (DEPLOY / "systemd").iterdir())


def tool(name: str) -> str:
    """Return a program of this environment or of the machine, or skip."""
    found = shutil.which(name, path=os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"])))
    return found or pytest.skip(f"{name} is not installed")


def ran(*command: str | Path, given: str | None = None) -> str:
    """Return what a program prints; it must end well."""
    done = subprocess.run(command, input=given, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def values(**given: object) -> dict[str, object]:
    return {**yaml.safe_load((CHART / "values.yaml").read_text("utf-8")), **OURS, **given}


@pytest.fixture(scope="module")
def renderer(tmp_path_factory):
    """Return what renders the chart: Go's template engine, which is helm's."""
    program, go = tmp_path_factory.mktemp("chart") / "render", tool("go")
    shutil.copy(Path(__file__).with_name("render.go"), program.with_suffix(".go"))
    environment = {**os.environ, "GOFLAGS": "-mod=mod", "GOCACHE": str(program.parent / "cache"), "GO111MODULE": "off"}
    subprocess.run([go, "build", "-o", program, program.with_suffix(".go")], env=environment, check=True)

    def render(given: dict[str, object]) -> str:
        chart = {key.title() if key != "appVersion" else "AppVersion": value for key, value in _chart().items()}
        release = {"Name": "risk", "Namespace": "ml", "Service": "Helm"}
        data = {"Values": given, "Chart": chart, "Release": release}
        templates = sorted(path for path in (CHART / "templates").iterdir() if path.suffix in (".tpl", ".yaml"))
        return ran(program, *templates, given=json.dumps(data))

    return render


def _chart() -> dict[str, object]:
    return yaml.safe_load((CHART / "Chart.yaml").read_text("utf-8"))


def test_the_dockerfile_passes_its_linter():
    ran(tool("hadolint"), DEPLOY / "Dockerfile")


def test_the_compose_file_keeps_its_schema():
    ran(tool("check-jsonschema"), "--builtin-schema", "vendor.compose-spec", DEPLOY / "compose.yaml")


def test_yaml_is_as_a_linter_wants_it():
    rules = "{extends: relaxed, rules: {line-length: disable, braces: disable, comments: disable}}"
    ran(tool("yamllint"), "--strict", "-d", rules, DEPLOY / "compose.yaml", CHART / "values.yaml", CHART / "Chart.yaml")


@pytest.mark.parametrize("name", UNITS)
def test_units_pass_the_verifier_of_systemd(name, tmp_path):
    text = (DEPLOY / "systemd" / name).read_text("utf-8")
    unit = tmp_path / name
    unit.write_text(text.replace("/opt/kedge/bin/kedge", "/bin/true"), "utf-8")
    assert ran(tool("systemd-analyze"), "verify", "--man=no", unit) == ""


def test_the_example_of_values_is_what_the_schema_asks_for(tmp_path):
    (file := tmp_path / "values.json").write_text(json.dumps(values()), "utf-8")
    ran(tool("check-jsonschema"), "--schemafile", CHART / "values.schema.json", file)


@pytest.mark.parametrize("more", [{}, MORE], ids=["least", "most"])
def test_the_chart_renders_to_what_kubernetes_accepts(renderer, more, tmp_path):
    (file := tmp_path / "rendered.yaml").write_text(renderer(values(**more)), "utf-8")
    ran(tool("kubernetes-validate"), "--strict", "--kubernetes-version", "1.31", file)
    kinds = [one["kind"] for one in yaml.safe_load_all(file.read_text("utf-8")) if one]
    assert kinds.count("Deployment") == 2
    assert ("Ingress" in kinds) == bool(more)


def test_no_pod_is_root_or_holds_the_password(renderer):
    for one in yaml.safe_load_all(renderer(values(**MORE))):
        if one and one["kind"] == "Deployment":
            pod = one["spec"]["template"]["spec"]
            (container,) = pod["containers"]
            names = {variable["name"]: variable["value"] for variable in container["env"]}
            assert pod["securityContext"]["runAsNonRoot"]
            assert container["securityContext"]["readOnlyRootFilesystem"]
            assert [names[f"KEDGE_{name}"][:5] for name in ("DATABASE", "ADMIN_TOKEN")] == ["file:", "file:"]


def test_a_chart_without_a_database_says_which_value_is_missing(renderer):
    with pytest.raises(AssertionError, match=r"secret\.name: name the secret"):
        renderer(values(secret={**SECRET, "name": ""}))
