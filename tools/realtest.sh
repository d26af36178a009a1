#!/bin/sh
# Run the tests against real servers. It needs root: Postfix, Caddy, nginx, PostgreSQL, PgBouncer,
# ntfs-3g, faketime, debootstrap and Buildah are installed if they are missing. The tests start servers and
# mount disks of their own.
# usage: realtest.sh PYTHON [PYTEST ARGUMENTS]
set -eu
python=$1
shift
if [ "$(id -u)" != 0 ]; then
    echo "make realtest needs root: a Postfix of its own changes users." >&2
    exit 2
fi
if ! command -v postconf >/dev/null; then
    apt-get update -qq
    # Without a configuration the machine's own Postfix is not started.
    echo "postfix postfix/main_mailer_type select No configuration" | debconf-set-selections
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends postfix
fi
if [ -z "$(ls /usr/lib/*/faketime/libfaketime.so.1 2>/dev/null)" ]; then
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends faketime
fi
if ! command -v mkfs.ntfs >/dev/null; then
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends ntfs-3g
fi
if ! command -v crontab >/dev/null; then
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends cron
fi
for proxy in caddy nginx; do
    if ! command -v "$proxy" >/dev/null; then
        apt-get update -qq
        # Debian would start it at once, at the port of every web server.
        RUNLEVEL=1 DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$proxy"
        if [ -d /run/systemd/system ]; then systemctl disable --now "$proxy"; fi
    fi
done
if [ ! -x "$(ls -d /usr/lib/postgresql/*/bin/initdb 2>/dev/null | tail -n 1)" ] ||
    ! command -v pgbouncer >/dev/null; then
    apt-get update -qq
    # Debian would create a cluster, and start both.
    mkdir -p /etc/postgresql-common
    [ -e /etc/postgresql-common/createcluster.conf ] ||
        echo "create_main_cluster = false" >/etc/postgresql-common/createcluster.conf
    RUNLEVEL=1 DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
        postgresql pgbouncer
    if [ -d /run/systemd/system ]; then systemctl disable --now postgresql pgbouncer; fi
fi
# The root file system that stands for the base of the Docker image, which no registry gives here.
base=build/bookworm
if [ ! -e "$base/.ready" ]; then
    if ! command -v debootstrap >/dev/null || ! command -v buildah >/dev/null; then
        apt-get update -qq
        DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends debootstrap buildah
    fi
    rm -rf "$base"
    mkdir -p build
    debootstrap --variant=minbase --include=python3,python3-venv,python3-pip,ca-certificates \
        bookworm "$base" >build/bookworm.log
    touch "$base/.ready"
fi
# The year takes as long as all the others: `make year`.
# shellcheck disable=SC2086  # several words
exec "$python" -m pytest -n 0 "$@" ${TESTS:-tests/realtest --ignore=tests/realtest/test_year.py}
