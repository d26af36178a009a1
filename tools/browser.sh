#!/bin/sh
# Install Chromium for the browser tests: as root from the system's packages, else by Playwright.
# usage: browser.sh PYTHON
set -eu
python=$1
if command -v chromium >/dev/null; then
    exit 0
fi
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    apt-get update -qq
    apt-get install -y -qq chromium
else
    "$python" -m playwright install chromium
fi
