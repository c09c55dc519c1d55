"""The generated CDK code really compiles and synthesises, to the same template in both languages.

`make iac` downloads CDK for Node and Python into a directory of its own and runs this; nothing else needs it.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.core.alarms.code.cdk_python import cdk_python
from bot.core.alarms.code.cdk_typescript import cdk_typescript
from bot.core.alarms.code.cloudformation import cloudformation
from bot.core.alarms.code.literals import identifier
from tests.alarm_builders import PLANS

ALL = list(PLANS.values())
TOOLS = os.environ.get("IAC_TOOLS", "")
pytestmark = [
    pytest.mark.iac,
    pytest.mark.skipif(not TOOLS, reason="make iac downloads CDK and runs this"),
    pytest.mark.timeout(600),
]
_TYPESCRIPT_CONFIG = {
    "compilerOptions": {
        "target": "ES2022",
        "module": "commonjs",
        "strict": True,
        "noUnusedLocals": True,
        "skipLibCheck": True,
        "types": ["node"],
    },
    "include": ["*.ts"],
}
_PYTHON = """
from aws_cdk import App
app = App(outdir={out!r}, analytics_reporting=False)
"""


def _template(out: Path, index: int) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((out / f"S{index}.template.json").read_text())
    return found


def _run(*command: str, cwd: Path) -> None:
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-4000:]


@pytest.fixture(scope="module")
def from_typescript(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One app of all stacks, compiled by tsc in strict mode: each start of CDK takes seconds."""
    place = tmp_path_factory.mktemp("typescript")
    (place / "node_modules").symlink_to(Path(TOOLS).resolve() / "node_modules")
    script = ['import { App } from "aws-cdk-lib";\n']
    script.append(f"const app = new App({{ outdir: '{place / 'out'}', analyticsReporting: false }});\n")
    for index, plan in enumerate(ALL):
        (place / f"s{index}.ts").write_text(cdk_typescript(plan))
        name = identifier(plan.name, upper=True)
        script.append(f'import {{ {name}Stack as Stack{index} }} from "./s{index}";\n')
        script.append(f'new Stack{index}(app, "S{index}");\n')
    (place / "app.ts").write_text("".join([*script, "app.synth();\n"]))
    (place / "tsconfig.json").write_text(json.dumps(_TYPESCRIPT_CONFIG))
    node = shutil.which("node") or "node"
    _run(node, "node_modules/typescript/bin/tsc", "-p", ".", cwd=place)
    _run(node, "app.js", cwd=place)
    return place / "out"


@pytest.fixture(scope="module")
def from_python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All plans in one process: each start of jsii takes seconds."""
    place = tmp_path_factory.mktemp("python")
    script = [_PYTHON.format(out=str(place / "out"))]
    for index, plan in enumerate(ALL):
        (place / f"s{index}.py").write_text(cdk_python(plan))
        name = identifier(plan.name, upper=True)
        script.append(f"from s{index} import {name}Stack as Stack{index}\nStack{index}(app, 'S{index}')\n")
    script.append("app.synth()\n")
    (place / "app.py").write_text("".join(script))
    _run(str(Path(TOOLS).resolve() / "venv/bin/python"), "app.py", cwd=place)
    return place / "out"


@pytest.mark.parametrize("index", range(len(ALL)), ids=list(PLANS))
def test_both_languages_synthesise_to_the_template_we_give(
    index: int, from_typescript: Path, from_python: Path
) -> None:
    expected = yaml.safe_load(cloudformation(ALL[index]))["Resources"]
    for template in (_template(from_typescript, index), _template(from_python, index)):
        found = {name: resource["Properties"] for name, resource in template["Resources"].items()
                 if resource["Type"].startswith("AWS::CloudWatch")}  # fmt: skip
        assert found == {name: resource["Properties"] for name, resource in expected.items()}
        depends = template["Resources"]["Alarm"].get("DependsOn", [])
        assert depends == ([expected["Alarm"]["DependsOn"]] if "Detector" in expected else [])
