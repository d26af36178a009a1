#!/bin/sh
# Write requirements.lock and requirements-build.lock: every package that the Docker image and its
# build need, with the hashes of their files. They take the versions of requirements.txt; run it
# after those change.
# usage: lock.sh PYTHON
set -eu
tool=$(mktemp -d)
trap 'rm -rf "$tool"' EXIT
"$1" -m venv "$tool"
"$tool/bin/python" -m pip install --quiet --disable-pip-version-check pip-tools
# All extras but those of developers and docs, without the project itself; and what builds the wheel.
"$tool/bin/python" - "$tool" <<'PYTHON'
import pathlib, sys, tomllib
document = tomllib.loads(pathlib.Path("pyproject.toml").read_text("utf-8"))
project, folder = document["project"], pathlib.Path(sys.argv[1])
extras = project["optional-dependencies"]
lists = [project["dependencies"], *(extras[name] for name in extras.keys() - {"dev", "bench", "docs"})]
lines = sorted(line for each in lists for line in each if project["name"] not in line)
(folder / "image.in").write_text("\n".join(lines), "utf-8")
(folder / "build.in").write_text("\n".join(document["build-system"]["requires"]), "utf-8")
PYTHON
lock() {
    {
        echo "# $3, for pip's --require-hashes."
        echo "# make lock writes this file, with the versions of requirements.txt."
        "$tool/bin/pip-compile" --quiet --generate-hashes --no-header --no-annotate --strip-extras \
            --no-emit-index-url --no-emit-find-links --no-emit-trusted-host --allow-unsafe \
            --constraint requirements.txt --output-file - "$tool/$1.in"
    } >"$tool/$1.lock"
    mv "$tool/$1.lock" "$2"
}
lock image requirements.lock "The packages of the Docker image with the hashes of their files"
lock build requirements-build.lock "What builds the wheel in the Docker image, with hashes"
