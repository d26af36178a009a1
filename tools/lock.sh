#!/bin/sh
# Write requirements.lock: every package that the Docker image needs, with the hashes of its files.
# It takes the versions of requirements.txt; run it after those change.
# usage: lock.sh PYTHON
set -eu
tool=$(mktemp -d)
trap 'rm -rf "$tool"' EXIT
"$1" -m venv "$tool"
"$tool/bin/python" -m pip install --quiet --disable-pip-version-check pip-tools
# All extras but those of developers and docs, without the project itself.
"$tool/bin/python" - >"$tool/wanted.in" <<'PYTHON'
import pathlib, tomllib
project = tomllib.loads(pathlib.Path("pyproject.toml").read_text("utf-8"))["project"]
extras = project["optional-dependencies"]
lists = [project["dependencies"], *(extras[name] for name in extras.keys() - {"dev", "bench", "docs"})]
print("\n".join(sorted(line for each in lists for line in each if project["name"] not in line)))
PYTHON
{
    echo "# The packages of the Docker image with the hashes of their files, for pip's --require-hashes."
    echo "# make lock writes this file, with the versions of requirements.txt."
    "$tool/bin/pip-compile" --quiet --generate-hashes --no-header --no-annotate --strip-extras \
        --no-emit-index-url --no-emit-find-links --no-emit-trusted-host --allow-unsafe \
        --constraint requirements.txt --output-file - "$tool/wanted.in"
} >"$tool/lock"
mv "$tool/lock" requirements.lock
