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
    wanted=$(grep -ho '](figures/[^)]*' chapters/*.nw | sort -u | wc -l)
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
    for source in chapters/*.nw; do
        title=$(sed -n '1s/^# \(.*[^ ]\) *{#.*/\1/p' "$source")
        grep -qF "$title" "$scratch/text" ||
            { echo "$title is not in the PDF"; return 1; }
    done
}

try "the EPUB is valid" epub_is_valid
try "the EPUB has the figures" epub_has_every_figure
try "the PDF has pages" pdf_has_pages
try "nothing is unresolved in the PDF" pdf_is_resolved
try "fonts are embedded in the PDF" pdf_fonts_are_embedded
try "the PDF has every chapter" pdf_names_its_chapters
finish
