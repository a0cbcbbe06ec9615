#!/bin/sh
# whole_test.sh -- the whole Transformer in two hundred lines: two compilers, the
# same sounds as the program of chapter 17, and what it does not accept.

. tests/lib/tap.sh

source=tangled/whole/whole.c
weights=data/weights/transformer.safetensors
warnings="-std=c11 -Wall -Wextra -Wpedantic -Wshadow -Werror"
sanitize="-fsanitize=address,undefined -fno-sanitize-recover=all"

# A thousand words, from all over the dictionary.
cut -f1 data/cmudict/cmudict.tsv | uniq >"$scratch/all"
awk -v n="$(wc -l <"$scratch/all")" \
    'BEGIN { step = n / 1000 } NR >= next_one { print; next_one += step }' \
    "$scratch/all" | head -n 1000 >"$scratch/words"

silently() {
    has "$1" || { echo "SKIP $1 is not installed"; return 0; }
    "$1" $warnings -O2 $source -o "$scratch/$1" -lm >"$scratch/said" 2>&1 &&
        [ ! -s "$scratch/said" ] && return 0
    cat "$scratch/said"
    return 1
}

few_lines() { [ "$(wc -l <$source)" -le 200 ]; }

# Nothing but the headers of C, and lines that are no wider than a page.
plain() {
    ! grep '^ *#' $source | grep -vE '^#include <(ctype|math|stdio|stdlib|string)\.h>$' &&
        ! grep -E '^.{79}|__|#pragma' $source
}

same_sounds() {
    [ "$(wc -l <"$scratch/words")" = 1000 ] ||
        { echo "there are $(wc -l <"$scratch/words") words"; return 1; }
    build/bin/transformer apply --beam 1 --load $weights <"$scratch/words" \
        >"$scratch/wanted" &&
        "$scratch/gcc" <"$scratch/words" >"$scratch/got" &&
        diff "$scratch/wanted" "$scratch/got"
}

# Many of them are right: the file is the trained one.
knows_words() {
    awk -F '\t' 'FNR == NR { listed[$1 "\t" $2]; next }
        { getline said <sounds; right += ($1 "\t" said) in listed }
        END { print right " of 1000 are in the dictionary"; exit right < 600 }' \
        sounds="$scratch/got" data/cmudict/cmudict.tsv "$scratch/words"
}

another_compiler() {
    has clang || { echo "SKIP clang is not installed"; return 0; }
    head -n 100 "$scratch/words" | "$scratch/clang" >"$scratch/clang.got" &&
        head -n 100 "$scratch/got" | diff - "$scratch/clang.got"
}

sanitized() {
    cc $warnings -O1 $sanitize $source -o "$scratch/careful" -lm &&
        head -n 20 "$scratch/words" | "$scratch/careful" >"$scratch/careful.got" &&
        head -n 20 "$scratch/got" | diff - "$scratch/careful.got"
}

whole() { "$scratch/careful" "$@"; }

arguments_are_words() {
    whole through colonel >"$scratch/two" &&
        printf 'through\ncolonel\n' | whole | diff "$scratch/two" - &&
        printf 'THROUGH\r\nColonel' | whole | diff "$scratch/two" - &&
        [ "$(wc -l <"$scratch/two")" = 2 ] && grep -qx 'TH R .*' "$scratch/two"
}

nothing_gives_nothing() { whole </dev/null | diff /dev/null -; }
an_empty_line_is_one() { printf '\n' | whole | diff "$scratch/newline" -; }
echo >"$scratch/newline"

# Status 2, a line that says so, and no sounds: refuses PATTERN COMMAND...
refuses() {
    pattern=$1
    shift
    "$@" >"$scratch/out" 2>"$scratch/err"
    status=$?
    [ $status = 2 ] || { echo "status $status"; cat "$scratch/err"; return 1; }
    [ ! -s "$scratch/out" ] || { echo "it spoke:"; cat "$scratch/out"; return 1; }
    [ "$(wc -l <"$scratch/err")" = 1 ] && expect "$pattern" <"$scratch/err"
}

with_weights() { WEIGHTS=$1 whole through; }
names_the_letter() {
    refuses '^whole: 3po: .*unknown letter' whole c3po &&
        refuses '^whole: é: .*unknown letter' whole café &&
        printf 'caf\351\n' >"$scratch/latin1" &&
        refuses 'unknown letter' sh -c "$scratch/careful <$scratch/latin1" &&
        refuses '^whole: --help: .*unknown letter' whole --help
}
a_long_word_is_refused() {
    long=$(printf '%065d' 0 | tr 0 a)
    refuses 'too long' whole "$long" &&
        whole "${long%a}" >/dev/null &&
        { printf '%05000d' 0 | tr 0 a >"$scratch/long"
          refuses 'too long' sh -c "$scratch/careful <$scratch/long"; }
}

# Files that are no weights, or not quite.
hostile_files() {
    size=$(wc -c <$weights)
    refuses 'is missing' with_weights "$scratch/none" || return
    refuses 'is missing' with_weights /dev/null || return
    refuses 'is missing' with_weights tests || return
    refuses 'not the model' with_weights data/weights/mask.safetensors || return
    refuses 'not the model' with_weights README.md || return
    for n in 1 7 8 9 1000 $((size / 2)) $((size - 1)); do
        head -c "$n" $weights >"$scratch/cut"
        refuses 'cut off' with_weights "$scratch/cut" || return
    done
    { cat $weights; echo; } >"$scratch/more"
    refuses 'not the model' with_weights "$scratch/more" || return
    head -c "$size" /dev/zero >"$scratch/zero"
    refuses 'not the model' with_weights "$scratch/zero" || return
    head -c "$size" /dev/zero | tr '\0' '\377' >"$scratch/ones"
    refuses 'not the model' with_weights "$scratch/ones" || return
    for change in s/F8_E4M3/F8_E5M2/ 's/"heads":"4"/"heads":"8"/' \
        s/F8_E4M3/U8_E4M3/ \
        's/"order":"pre"/"order":"abc"/' 's/ZH"/Z\\n"/' 's/AA\\n/AAxx/'; do
        LC_ALL=C sed "$change" $weights >"$scratch/changed"
        ! cmp -s $weights "$scratch/changed" ||
            { echo "$change changed nothing"; return 1; }
        case $change in
        s/F8*) LC_ALL=C sed "${change}g" $weights >"$scratch/changed" ;;
        esac
        refuses 'not the model|other units' with_weights "$scratch/changed" ||
            { echo "after $change"; return 1; }
    done
}

# The numbers may be anything, and nothing is read out of bounds.
wild_numbers() {
    size=$(wc -c <$weights)
    { head -c $((size - 1500000)) $weights
      head -c 1500000 /dev/zero | tr '\0' '\377'; } >"$scratch/wild"
    with_weights "$scratch/wild" >/dev/null
    status=$?
    [ $status = 0 ] || [ $status = 2 ] || { echo "status $status"; return 1; }
}

a_full_disk_is_an_error() {
    [ -e /dev/full ] || { echo "SKIP there is no /dev/full"; return 0; }
    refuses 'cannot be written' sh -c "$scratch/careful through >/dev/full"
}

a_folder_is_no_input() {
    refuses '^whole: input: cannot be read' sh -c "$scratch/careful <."
}

# The check of the sounds can fail: without the waves tea is eat.
a_mistake_shows() {
    sed 's/ + sin(turn)//; s/ + cos(turn)//' $source >"$scratch/broken.c"
    cc -O2 "$scratch/broken.c" -o "$scratch/broken" -lm &&
        "$scratch/broken" <"$scratch/words" >"$scratch/broken.got" &&
        ! cmp -s "$scratch/wanted" "$scratch/broken.got" &&
        [ "$("$scratch/broken" tea)" = "$("$scratch/broken" eat)" ]
}

try "gcc compiles it in silence" silently gcc
try "clang compiles it in silence" silently clang
try "it has at most 200 lines" few_lines
try "it is plain C, and includes only the C library" plain
try "a thousand words sound as transformer says" same_sounds
try "most of these are right" knows_words
try "clang's program says the same" another_compiler
try "sanitizers have nothing to say" sanitized
try "words are arguments or lines, in either case" arguments_are_words
try "no words, no sounds" nothing_gives_nothing
try "an empty line gives an empty line" an_empty_line_is_one
try "an unknown letter is named" names_the_letter
try "a word that is too long is refused" a_long_word_is_refused
try "foreign, changed and truncated files are refused" hostile_files
try "any numbers will do" wild_numbers
try "a full disk is an error" a_full_disk_is_an_error
try "a folder is no input" a_folder_is_no_input
try "a mistake shows" a_mistake_shows
finish
