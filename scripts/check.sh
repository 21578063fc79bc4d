#!/usr/bin/env bash
# The one gate, for people and for continuous integration: `npm run check`. It stops at the first thing that is wrong.
# Each step is an npm script that can be run alone: `npm run check:lint`, and so on.
set -euo pipefail
cd "$(dirname "$0")/.."

# npm puts the Node that it brought along first on the PATH; run by hand, this script does the same.
export PATH="$PWD/node_modules/.bin:$PATH"
node scripts/require-node.js

for step in check:lint check:imports check:exports check:types check:schema test check:bench; do
  echo "check: npm run $step"
  npm run --silent "$step" || {
    echo "check: npm run $step failed" >&2
    exit 1
  }
done
