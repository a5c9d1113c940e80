#!/bin/sh
# Prove that a return to DuckDB 1.5 works: a home made by DuckDB 2 opens and goes on under 1.5, and a home made by 1.5
# alone gives the same marts. Run: make test-duckdb15 (or sh tests/duckdb15.sh PYTHON)
set -eu
cd "$(dirname "$0")/.."
python=${1:-python3}
two=.venv/bin/python
venv=.venv-duckdb15
old=$venv/bin/python
export DO_NOT_TRACK=1 OPENBLAS_NUM_THREADS=1 PREFECT_SERVER_ANALYTICS_ENABLED=false

if [ ! -f "$venv/made" ] || [ requirements.lock -nt "$venv/made" ] || [ pyproject.toml -nt "$venv/made" ]; then
    rm -rf "$venv"
    "$python" -m venv "$venv"
    "$old" -m pip install --quiet --no-compile --disable-pip-version-check --require-hashes --no-deps \
        -r requirements.lock
    "$old" -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
    "$old" -m pip install --quiet --disable-pip-version-check --no-deps 'duckdb>=1.5.5,<1.6'
    touch "$venv/made"
fi

failed() {
    tail -n 20 "$work/log" >&2
    exit 1
}

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"$two" -m tests.duckdb15 build "$work/home2" 2>"$work/log" || failed
"$two" -m tests.duckdb15 dump "$work/home2" "$work/by2"

echo "1. a home written by 2, read by 1.5"
"$old" -m tests.duckdb15 dump "$work/home2" "$work/by2-read-by-15"
"$two" -m tests.duckdb15 compare "$work/by2" "$work/by2-read-by-15"

echo "2. the same home taken further by 1.5"
"$old" -m tests.duckdb15 again "$work/home2" 2>"$work/log" || failed
"$old" -m tests.duckdb15 dump "$work/home2" "$work/by2-then-15"
"$two" -m tests.duckdb15 compare "$work/by2" "$work/by2-then-15"

echo "3. a home by 1.5 alone"
"$old" -m tests.duckdb15 build "$work/home15" 2>"$work/log" || failed
"$old" -m tests.duckdb15 dump "$work/home15" "$work/by15"
"$two" -m tests.duckdb15 compare "$work/by2" "$work/by15"

echo "4. and read back by 2"
"$two" -m tests.duckdb15 dump "$work/home15" "$work/by15-read-by-2"
"$two" -m tests.duckdb15 compare "$work/by15" "$work/by15-read-by-2"

echo "5. the tests of the store and the steps under 1.5"
"$old" -m pytest tests/flows -p no:cacheprovider
