#!/bin/sh
# build.sh -- builds the book and its programs; `./build.sh help` lists the verbs.
#
# Everything that it does is written in chapters/E-machinery.nw. The first of
# those tools, start.sh, has to come out of the book before noweb is there; so
# we cut it out here with awk, and run it.
set -eu
cd "$(dirname "$0")"
mkdir -p build/tools
new=build/tools/start.$$
trap 'rm -f "$new"' EXIT
awk '/^<<start\.sh>>=$/ { on = 1; next }  /^@( |$)/ { on = 0 }  on' \
    chapters/E-machinery.nw >"$new"
mv "$new" build/tools/start.sh
trap - EXIT
exec sh build/tools/start.sh "$@"
