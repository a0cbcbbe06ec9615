/* font_bake.c -- generated from chapters/C-figure.nw. Do not edit. */
#define STB_TRUETYPE_IMPLEMENTATION
#include <stb/stb_truetype.h>
#include <stdio.h>
#include <stdlib.h>

/* the font files */
#define INTER "/usr/share/fonts/opentype/inter/Inter-"
#define DEJAVU "/usr/share/fonts/truetype/dejavu/DejaVuSans"

static const char *const files[2][2] = {
    { INTER "Regular.otf", DEJAVU ".ttf" },
    { INTER "SemiBold.otf", DEJAVU "-Bold.ttf" },
};
static const char license[] =
    "/* figure_font.h -- outlines baked by font_bake.c. Do not edit.\n"
    " *\n"
    " * Shapes of Inter, Copyright 2016-2022 The Inter Project Authors\n"
    " * (https://github.com/rsms/inter), SIL Open Font License 1.1\n"
    " * (https://openfontlicense.org); the data here stay under it.\n"
    " * Signs that Inter lacks: DejaVu Sans https://dejavu-fonts.github.io,\n"
    " * Bitstream Vera Copyright 2003 Bitstream, Inc., under its license;\n"
    " * DejaVu's changes are in the public domain. */";
/* the characters to bake */
static const int ranges[][2] = {
    { 0x20, 0x7e }, { 0xa0, 0xff },             /* ASCII, Latin-1 */
    { 0x131, 0x131 }, { 0x152, 0x153 },         /* dotless i, OE, oe */
    { 0x391, 0x3a9 }, { 0x3b1, 0x3c9 }, { 0x3d5, 0x3d5 },   /* Greek */
    { 0x1d40, 0x1d40 }, { 0x1d62, 0x1d62 },     /* raised T, lowered i */
    { 0x2010, 0x2026 }, { 0x2030, 0x2033 },     /* dashes, quotes, primes */
    { 0x2070, 0x2071 }, { 0x2074, 0x209c },     /* raised, lowered digits */
    { 0x2113, 0x2113 }, { 0x211d, 0x211d },     /* script l, real numbers */
    { 0x2190, 0x2195 }, { 0x21a6, 0x21a6 }, { 0x21d2, 0x21d2 },
    { 0x2200, 0x2200 }, { 0x2202, 0x2203 }, { 0x2206, 0x220f },
    { 0x2211, 0x2213 }, { 0x2218, 0x221e }, { 0x2225, 0x222b },
    { 0x2248, 0x2248 }, { 0x2260, 0x2265 }, { 0x226a, 0x226b },
    { 0x2295, 0x2299 }, { 0x22a4, 0x22a5 }, { 0x22c5, 0x22c5 },
    { 0x22ee, 0x22f1 }, { 0x23ce, 0x23ce }, { 0x2581, 0x2588 },
    { 0x25a0, 0x25a1 }, { 0x25b2, 0x25c6 }, { 0x25cb, 0x25cf },
    { 0x2713, 0x2713 }, { 0x2717, 0x2717 }, { 0x27e8, 0x27e9 },
    { 0x2c7c, 0x2c7c },
};
/* write numbers as printable characters */
static void put_digit(int digit)
{
    int c = '#' + digit;
    if (c == '\\' || c == '?')
        putchar('\\');
    putchar(c);
}
static void put_number(int value)
{
    int z = value < 0 ? -2 * value - 1 : 2 * value;
    if (z < 71) {
        put_digit(z);
    } else if (z - 71 < 19 * 91) {
        put_digit(71 + (z - 71) / 91);
        put_digit((z - 71) % 91);
    } else {
        put_digit(90);
        put_digit(z / 91);
        put_digit(z % 91);
    }
}
/* read a font file */
static stbtt_fontinfo read_font(const char *path)
{
    stbtt_fontinfo font;
    FILE *file = fopen(path, "rb");
    unsigned char *bytes = malloc(1 << 22);
    size_t n = file && bytes ? fread(bytes, 1, 1 << 22, file) : 0;
    if (n == 0 || !stbtt_InitFont(&font, bytes, 0)) {
        fprintf(stderr, "font_bake: cannot read %s\n", path);
        exit(2);
    }
    fclose(file);
    return font;
}
/* round an outline to the grid */
static float unit;              /* grid units to a font unit */

static int grid(float v)
{
    v *= unit;
    return (int)(v < 0 ? v - 0.5f : v + 0.5f);
}
static int advance_of(const stbtt_fontinfo *font, int glyph)
{
    int advance, bearing;
    stbtt_GetGlyphHMetrics(font, glyph, &advance, &bearing);
    return advance;
}
/* write one glyph */
static void put_vertex(const stbtt_vertex *v, int shift, int last[2])
{
    float points[3][2] = { { v->x, v->y } };
    int count = 1;
    /* put the control points before the end point */
    if (v->type >= STBTT_vcurve) {
        count = v->type == STBTT_vcubic ? 3 : 2;
        points[count - 1][0] = v->x, points[count - 1][1] = v->y;
        points[0][0] = v->cx, points[0][1] = v->cy;
    }
    if (count == 3)
        points[1][0] = v->cx1, points[1][1] = v->cy1;
    put_digit(v->type - STBTT_vmove);
    for (int i = 0; i < count; i++) {
        /* write the step to point i */
        int x = grid(points[i][0] + (float)shift), y = grid(points[i][1]);
        put_number(x - last[0]);
        put_number(y - last[1]);
        last[0] = x;
        last[1] = y;
    }
}
static void put_glyph(const stbtt_fontinfo *font, int code)
{
    stbtt_vertex *vertices;
    int glyph = stbtt_FindGlyphIndex(font, code), last[2] = { 0, 0 };
    int n = stbtt_GetGlyphShape(font, glyph, &vertices);
    int advance = advance_of(font, glyph), shift = 0;
    unit = stbtt_ScaleForMappingEmToPixels(font, 1000);
    /* give every digit the width of the zero */
    if (code >= '0' && code <= '9') {
        int tabular = advance_of(font, stbtt_FindGlyphIndex(font, '0'));
        shift = (tabular - advance) / 2;
        advance = tabular;
    }
    printf("    { 0x%04x, %d, \"", code, grid((float)advance));
    for (int i = 0; i < n; i++)
        put_vertex(&vertices[i], shift, last);
    printf("\" },\n");
}
/* write one weight */
static void put_weight(const char *name, const char *const paths[2])
{
    stbtt_fontinfo font[2] = { read_font(paths[0]), read_font(paths[1]) };
    printf("\nstatic const struct font_glyph %s[] = {\n", name);
    for (size_t r = 0; r < sizeof ranges / sizeof *ranges; r++)
        for (int code = ranges[r][0]; code <= ranges[r][1]; code++)
            /* write the glyph for code */
            for (int i = 0; i < 2; i++)
                if (stbtt_FindGlyphIndex(&font[i], code)) {
                    put_glyph(&font[i], code);
                    break;
                }
    printf("    { 0, 0, 0 }\n};\n");
}
int main(void)
{
    puts(license);
    puts("#ifndef FIGURE_FONT_H\n#define FIGURE_FONT_H\n");
    puts("struct font_glyph {\n    unsigned short code, advance;\n"
         "    const char *outline;\n};");
    put_weight("font_regular", files[0]);
    put_weight("font_bold", files[1]);
    puts("\n#endif");
}
