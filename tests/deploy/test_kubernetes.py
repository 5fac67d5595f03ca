"""The Kubernetes manifests are valid under the published schemas, and they fit each other."""

from __future__ import annotations

import copy
from typing import Any

import kubernetes_validate
import pytest
import yaml

from tests.browser.harness import ROOT

DEPLOY = ROOT / "deploy"
MANIFESTS = DEPLOY / "kubernetes"
#: The version of Kubernetes whose schemas are used; docs/hosting.md names it too.
VERSION = "1.34"

Manifest = dict[str, Any]


def _load(name: str) -> list[Manifest]:
    return list(yaml.safe_load_all((MANIFESTS / name).read_text(encoding="utf-8")))


KUSTOMIZATION = _load("kustomization.yaml")[0]
ALL = [manifest for name in KUSTOMIZATION["resources"] for manifest in _load(name)]


def one(kind: str) -> Manifest:
    return next(manifest for manifest in ALL if manifest["kind"] == kind)


def validate(manifest: Manifest) -> None:
    """Raises ValidationError if the schema does not allow the manifest; unknown fields are not allowed."""
    kubernetes_validate.validate(manifest, VERSION, strict=True)


DEPLOYMENT, SERVICE = one("Deployment"), one("Service")
POD = DEPLOYMENT["spec"]["template"]
CONTAINER = POD["spec"]["containers"][0]


def _name(manifest: Manifest) -> str:
    return f"{manifest['kind']} {manifest['metadata']['name']}"


@pytest.mark.parametrize("manifest", ALL, ids=_name)
def test_each_manifest_is_valid_under_the_schema_of_its_kind(manifest: Manifest) -> None:
    validate(manifest)


@pytest.mark.parametrize("manifest", ALL, ids=_name)
def test_a_misspelt_field_is_not_allowed(manifest: Manifest) -> None:
    wrong = copy.deepcopy(manifest)
    wrong["spec"]["replikas"] = 2
    with pytest.raises(kubernetes_validate.ValidationError, match="replikas"):
        validate(wrong)


def test_a_value_of_the_wrong_type_is_not_allowed() -> None:
    wrong = copy.deepcopy(DEPLOYMENT)
    wrong["spec"]["template"]["spec"]["containers"][0]["env"][0]["value"] = 200
    with pytest.raises(kubernetes_validate.ValidationError, match="200"):
        validate(wrong)


def test_the_documentation_names_the_version_of_the_schemas() -> None:
    assert f"schemas of Kubernetes {VERSION} " in (ROOT / "docs" / "hosting.md").read_text(encoding="utf-8")


def test_every_manifest_is_in_the_kustomization() -> None:
    assert {*KUSTOMIZATION["resources"], "kustomization.yaml"} == {path.name for path in MANIFESTS.iterdir()}
    assert [image["name"] for image in KUSTOMIZATION["images"]] == [CONTAINER["image"]]
    assert KUSTOMIZATION["images"][0]["newTag"] != "latest"


def test_every_selector_of_pods_selects_these() -> None:
    labels = POD["metadata"]["labels"]
    selectors = [
        DEPLOYMENT["spec"]["selector"]["matchLabels"],
        SERVICE["spec"]["selector"],
        one("PodDisruptionBudget")["spec"]["selector"]["matchLabels"],
        one("NetworkPolicy")["spec"]["podSelector"]["matchLabels"],
        *(spread["labelSelector"]["matchLabels"] for spread in POD["spec"]["topologySpreadConstraints"]),
    ]
    assert len(selectors) == 5
    assert all(selector and selector.items() <= labels.items() for selector in selectors)
    target = one("HorizontalPodAutoscaler")["spec"]["scaleTargetRef"]
    assert target == {name: DEPLOYMENT[name] for name in ("apiVersion", "kind")} | {
        "name": DEPLOYMENT["metadata"]["name"]
    }
    assert "replicas" not in DEPLOYMENT["spec"], "the autoscaler and every apply would take turns"


def test_the_ingress_leads_to_the_service_and_the_service_to_the_container() -> None:
    ports = {port["name"] for port in CONTAINER["ports"]}
    (served,) = SERVICE["spec"]["ports"]
    assert served["targetPort"] in ports
    assert one("NetworkPolicy")["spec"]["ingress"][0]["ports"] == [{"port": served["targetPort"]}]
    backends = [path["backend"]["service"] for path in _paths()]
    assert backends == [{"name": SERVICE["metadata"]["name"], "port": {"name": served["name"]}}] * len(backends)


def test_a_visitor_stays_at_one_pod_and_operators_pages_are_closed() -> None:
    page, closed = (manifest for manifest in ALL if manifest["kind"] == "Ingress")
    annotations = {name.rpartition("/")[2]: value for name, value in page["metadata"]["annotations"].items()}
    assert annotations["affinity"] == "cookie"
    assert (annotations["session-cookie-samesite"], annotations["session-cookie-secure"]) == ("None", "true")
    paths = {path["path"] for path in closed["spec"]["rules"][0]["http"]["paths"]}
    assert paths == {"/_stcore/metrics"}
    allowed = closed["metadata"]["annotations"]["nginx.ingress.kubernetes.io/whitelist-source-range"]
    assert allowed == "127.0.0.1/32"


def test_the_probes_ask_for_health_and_a_pod_is_taken_out_before_it_is_restarted() -> None:
    (port,) = CONTAINER["ports"]
    for name in ("startupProbe", "readinessProbe", "livenessProbe"):
        assert CONTAINER[name]["httpGet"] == {"path": "/_stcore/health", "port": port["name"]}
    ready, alive = CONTAINER["readinessProbe"], CONTAINER["livenessProbe"]
    assert alive["periodSeconds"] * alive["failureThreshold"] > ready["periodSeconds"]


def test_a_pod_does_not_run_as_root_writes_no_file_of_its_image_and_has_limited_memory() -> None:
    assert POD["spec"]["securityContext"]["runAsNonRoot"] is True
    assert POD["spec"]["securityContext"]["runAsUser"] > 0
    assert POD["spec"]["automountServiceAccountToken"] is False
    limits = CONTAINER["securityContext"]
    assert limits["readOnlyRootFilesystem"] is True
    assert limits["allowPrivilegeEscalation"] is False
    assert limits["capabilities"] == {"drop": ["ALL"]}
    assert {"memory", "cpu"} == CONTAINER["resources"]["limits"].keys()
    assert [mount["mountPath"] for mount in CONTAINER["volumeMounts"]] == ["/tmp"]


def _paths() -> list[dict[str, Any]]:
    return [
        path
        for manifest in ALL
        if manifest["kind"] == "Ingress"
        for rule in manifest["spec"]["rules"]
        for path in rule["http"]["paths"]
    ]
