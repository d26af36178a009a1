"""Ask PyPI's list of advisories about requirements.lock, and say what was found or not asked.

usage: advisories.py PYTHON, with pip-audit installed for that Python
"""

from __future__ import annotations

import json
import subprocess
import sys


def main(python: str) -> int:
    """Print a sentence, and return 1 if an advisory names a version that is used."""
    words = ("--requirement", "requirements.lock", "--disable-pip", "--format", "json")
    process = subprocess.run(
        [python, "-m", "pip_audit", *words], capture_output=True, text=True, check=False
    )
    try:
        packages = json.loads(process.stdout)["dependencies"]
    except ValueError:
        reason = (process.stderr.strip() or "pip-audit printed nothing").splitlines()[-1]
        print(f"The list of advisories cannot be reached, so nothing was looked at: {reason}")
        return 0
    unknown = [package["name"] for package in packages if "skip_reason" in package]
    named = [package for package in packages if package.get("vulns")]
    asked = len(packages) - len(unknown)
    print(f"Advisories were looked up for {asked} of {len(packages)} packages.")
    if unknown:
        print(f"This package index has none for the other {len(unknown)}: they were not looked at.")
    for package in named:
        for advisory in package["vulns"]:
            fixed = ", ".join(advisory["fix_versions"]) or "no version yet"
            print(f"{package['name']} {package['version']}: {advisory['id']}, fixed in {fixed}")
    return 1 if named else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
