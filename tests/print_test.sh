#!/bin/sh
# print_test.sh -- the EPUB and the PDF, where their tools are installed.

. tests/lib/tap.sh

book=build/book

epub_is_valid() {
    jar=$(command -v epubcheck) && has java ||
        { echo "SKIP epubcheck is not installed"; return 0; }
    java -jar "$jar" --failonwarnings "$book/book.epub"
}

epub_has_every_figure() {
    unzip -l "$book/book.epub" >"$scratch/list" || return
    pictures=$(grep -c '\.png$' "$scratch/list")
    wanted=$(for chapter in chapters/[0-9]*.nw; do
        sed '/^<!-- backstage -->/q' "$chapter"
    done | grep -o '](figures/[^)]*' | sort -u | wc -l)
    echo "$pictures pictures, $wanted figures"
    test "$pictures" -ge "$wanted"
}

pdf() {
    test -e "$book/book.pdf" || has lualatex ||
        { echo "SKIP lualatex is not installed"; exit 0; }
    has pdftotext || { echo "SKIP pdftotext is not installed"; exit 0; }
    test -s "$book/book.pdf" || { echo "no $book/book.pdf"; exit 1; }
}

pdf_has_pages() {
    pdf
    pages=$(pdfinfo "$book/book.pdf" | sed -n 's/^Pages: *//p')
    echo "$pages pages"
    test "$pages" -gt 50
}

# References that LaTeX could not resolve, and placeholders of the filters.
pdf_is_resolved() {
    pdf
    name='(Chapter|Section|Appendix|Figure|Table|Equation|Exercise|page|p\.)'
    pdftotext "$book/book.pdf" "$scratch/text"
    ! grep -nE "$name ?\?\?|nwrefx?[0-9]+x" "$scratch/text"
}

pdf_fonts_are_embedded() {
    pdf
    pdffonts "$book/book.pdf" | tail -n +3 |
        awk '{ if ($(NF - 4) != "yes") { print; bad = 1 } } END { exit bad }'
}

# Each program's name and each chapter's title are in the outline.
pdf_names_its_chapters() {
    pdf
    pdftotext "$book/book.pdf" - | tr -s ' \n' '  ' >"$scratch/text"
    for source in chapters/[0-9]*.nw; do
        title=$(sed -n '1s/^# \(.*[^ ]\) *{#.*/\1/p' "$source")
        grep -qF "$title" "$scratch/text" ||
            { echo "$title is not in the PDF"; return 1; }
    done
}

# A reader's place in a book hangs on its name; its date is that of the text.
epub_is_the_same_book() {
    unzip -p "$book/book.epub" EPUB/content.opf >"$scratch/opf" || return
    id=$(sed -n "s/.*identifier: \(urn:uuid:[^']*\)'.*/\1/p" \
        chapters/E-machinery.nw)
    file=$(stat -c %Y chapters/*.nw book.md | sort -n | tail -n 1)
    commit=$(git log -1 --format=%ct -- chapters book.md 2>/dev/null)
    dates="$(date -u -d "@$file" +%FT%TZ)|$(date -u -d "@${commit:-$file}" +%FT%TZ)"
    expect "<dc:identifier [^>]*>$id<" <"$scratch/opf" &&
        expect "dcterms:modified\">($dates)<" <"$scratch/opf"
}

# Colors without a ground of their own fail on a page that is dark, or light.
epub_leaves_colors_to_the_reader() {
    unzip -p "$book/book.epub" 'EPUB/styles/*.css' >"$scratch/css" || return
    ! sed 's/border[^;]*;//g' "$scratch/css" | grep -nE 'color: *[^i; ]|#[0-9a-f]{3}'
}

# The book is the fronts; what stands backstage is in the second volume.
pdf_is_the_fronts() {
    pdf
    pages=$(pdfinfo "$book/book.pdf" | sed -n 's/^Pages: *//p')
    chapters=$(ls chapters/[0-9]*.nw | wc -l)
    echo "$pages pages, $chapters chapters"
    test "$pages" -le $((120 + 30 * chapters))
}

volume_2_is_set() {
    [ -n "${WHOLE:-}" ] || { echo "SKIP a part of the long run"; return 0; }
    has lualatex || { echo "SKIP lualatex is not installed"; return 0; }
    ./build.sh --no-install backstage || return
    pdfinfo "$book/backstage.pdf" | expect '^Pages: *[0-9]{3,}'
}

try "the EPUB is valid" epub_is_valid
try "the EPUB is the same book after each build" epub_is_the_same_book
try "the EPUB leaves its colors to the reader" epub_leaves_colors_to_the_reader
try "the EPUB has the figures" epub_has_every_figure
try "the PDF has pages" pdf_has_pages
try "the PDF holds the fronts" pdf_is_the_fronts
try "the second volume is set" volume_2_is_set
try "nothing is unresolved in the PDF" pdf_is_resolved
try "fonts are embedded in the PDF" pdf_fonts_are_embedded
try "the PDF has every chapter" pdf_names_its_chapters
finish
