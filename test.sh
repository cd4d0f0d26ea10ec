#!/usr/bin/env bash
# Installs what the tests need, then runs all of them. The one thing they need beside Rust is a
# redis-server; they start and stop their own on free ports and never touch another.
set -euo pipefail
cd "$(dirname "$0")"

have() { command -v "$1" >/dev/null 2>&1; }
as_root() { if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi; }

if ! have redis-server; then
  echo "redis-server is missing; installing it"
  if have apt-get; then
    as_root apt-get update -qq
    # Only the program: a server started by the package is of no use here.
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq redis-server
  elif have brew; then
    brew install redis
  else
    echo "help: install Redis 6.2 or later, so that redis-server is on the PATH, and run this again" >&2
    exit 1
  fi
fi

cargo test --workspace "$@"
