#!/usr/bin/env bash
# Measures this checkout and another commit, the server of each by the same callers: bench/compare.sh <ref> [options of npm run bench].
# Nothing is judged; a ratio that differs by more than the spread of both is worth a look.
set -euo pipefail
cd "$(dirname "$0")/.."

ref=${1:?Usage: bench/compare.sh <ref> [options of npm run bench]}
shift
other=$(mktemp -d)
trap 'git worktree remove --force "$other"; git worktree prune' EXIT
git worktree add --quiet --detach "$other" "$ref"
# The packages of this checkout; where they differ, install the other's by hand.
ln -s "$PWD/node_modules" "$other/node_modules"

for checkout in "$other" "$PWD" "$PWD" "$other"; do
  printf '\n== %s\n' "$(git -C "$checkout" log -1 --format='%h %s')"
  node bin/bun.mjs bench/speed.ts --checkout "$checkout" "$@"
done
