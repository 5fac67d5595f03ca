#!/bin/sh
# Makes a virtual environment in the folder $1 with the first Python on the PATH that is 3.11 or newer.
# PYTHON=… takes that one and no other.
set -eu

folder=$1

for candidate in ${PYTHON:-python3 python3.14 python3.13 python3.12 python3.11 python}; do
    if "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then
        python=$candidate
        break
    fi
done

if [ -z "${python:-}" ]; then
    echo "No Python 3.11 or newer is on the PATH: install one, or name it with PYTHON=/path/to/python make …" >&2
    exit 1
fi

# Debian and Ubuntu keep this part of Python in a package of its own, and `-m venv` fails halfway without it.
if ! "$python" -c 'import ensurepip, venv' >/dev/null 2>&1; then
    version=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
    echo "$python cannot make a virtual environment: install python$version-venv (apt-get install python$version-venv)." >&2
    exit 1
fi

"$python" -m venv "$folder"
