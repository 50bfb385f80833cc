#!/usr/bin/env bash
# Runs a job: ./spark-submit.sh [spark-submit options] JOB [job options]
# With --help it lists the jobs. What it does with its words stands in tools/submit/.
set -euo pipefail

home=$(cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")" && pwd -P)
python=$home/.venv/bin/python

if [ ! -x "$python" ]; then
    echo "newslabel is not set up yet. Run: make -C '$home' setup" >&2
    exit 2
fi
# -S: only the standard library is needed here, and site-packages take a while to look through
exec "$python" -S "$home/tools/submit" "$@"
