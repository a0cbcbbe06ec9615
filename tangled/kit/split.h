/* split.h -- generated from chapters/H-kit.nw. Do not edit. */
/* Offers: enum char_class, class_of, code_point, char_class, split_next */

/* split.h -- cuts a text into pieces, as GPT-2 does before it merges. */
#ifndef SPLIT_H
#define SPLIT_H
#include "kit/lexicon.h"

enum char_class { CLASS_OTHER, CLASS_LETTER, CLASS_NUMBER, CLASS_SPACE };
enum { CLASS_RUNS = 830 };

/* Unicode 17.0 */
static const char class_runs[] =
    "BwvhCagCaBvchfbcddacbhbBubCkbBJgeyokhcbcEzkbecibcgcbgbcbBobGkbKsiMubCycc"
    "gDeCtCceiBtDivveebHqbcpeheavagccqcbCiBdGwlcovaCojeecfBsecjcdcxByhwfBwboq"
    "DgCgEedcschuevbBgeqcecBsbobcdidcqcnebgevaecnccimeecBsbobebebeBfibchvcgqs"
    "bgbBsbobebkdcscpeevjclqcecBsbobebkdcBeebgevbcanlcbmdgbidebcbededgdywcvBb"
    "sqbgbBubBgdcBagbeceevipbceqbgbBububkdcBegbeevbersbgbDeccqcfgbpageBnbmfBk"
    "dBwbsbccoBfvrDsbemojvBnebcbkbBwbcbubejcckbcjvciBgcBfBpmqbCuBbkElDiucavgm"
    "eidcdehgeBamcbvgCybcfccDibZqbicobcbicDebicCobicobcbicBebEkbicFeoBpdBgqGq"
    "cmdBVscBibCafFudhaqhBknBmoBkoBabgpEaBjcecdvgvwvgGwhkcCqbcfFkkCkBnvaCickl"
    "DkeCagxBlBujEcBrvgvncDpDqrqdvBpCineavaDkBaCuBcvdgavaCucwfDicgBpibmbedcfO"
    "uCmVkcmcCycmcqbcbcbcbCkcEcbobcdgbodicmeBafgboEldaccnfcavgBaDxceccubcdkgc"
    "bcbcbibwcifkecbDzaealBByErDaBtYgCjBRoRqgidejdcCybcfccEihcqBujobobobobobo"
    "boboDccSbeadzthkchaeeGqggbGybifDibHgdjkCmBwBgBgvBerbBfBgvBnBfMiTNcCmCNOk"
    "CpDocUsdBgavaeuDqqCkcFkavBnscHycGiuBibgbibBunnkEaoDwBcvymdcbebvaCekBuzCg"
    "hDqBccavgkbuavakbDexgbqevgBudcdDwbcdeckccbcygcwhgmmcmcmjobobDibBcgIwnvgB"
    "HBkmBueDuMNcBCecIeBmomkfcbubBabkbcbebebIiBhBBysEycEeBoyEmkbKktvhCagCalGw"
    "dmcmcmcgBjybCabBmbebBecBcBiJmmDnmElrfJkCgdDuqCdeCmajjBoadaqadfCykCicCueq"
    "blBqMecvgCueCueDciEamwbBebobebwbBebobedEamXyjBskqymbDgbsCrmccbDkbedccBuc"
    "raBucpaCkitBwBmbeflaBsaneCagCaBmEiefaeaBhcDpacpibgbCgktxCgafbCgahBgqbCeg"
    "lqEekBscraBmfraBkxpDcFqCdDynDyhnaCumvgvaCejBuIkClbDggeqmCeCgavaciBsljBbB"
    "kBuBqapuBumEcBaCjbeccnDmBgByhvjCupveccciCsdcmDsoilvacbceBplBkbByteClobcb"
    "ibBebuhDqrvlqcecBsbobebkdcscmkBeubcccbCybczcbcBsEcsifvfgBeDsuebcivGkDqBp"
    "iBkDsuclvBmDinchvgBpBcCcvzeoHdDkEmEyaBnmqcccqbebBwpcbcovCsqcDaqcbcBcckDc"
    "hcvclDotcsFqHrCopvgsbCwrcpChfCiEiobebCyvcjvgmbebCmochvgDkevJmBmpcbBabCqB"
    "cvDicpBrBrCSyDyIprPcDXkHmpDEmrmzLVifBSwKDdCisvCOsBRuhCkbvgGcbvgCisDsqimv"
    "bpbBqfBmQqDmdvHqEyaBvjBycByBsFufcCoBaCmebcoeahjVVwBpCmDtIwMWribobebWkpcB"
    "dgccoiiBEmDKuIgfBadshuGEwvCEwBpmBpEeBzFfGobFmbecccecibybcbobFabicqbobCeb"
    "ibkbcdobBAecBybBybCkbBybCkbBybCkbBybCkbBybqcDxCQyCkgmKbEuFqDmkocvecMjCis"
    "DkevScCeevIgCiccavHpCkbgbebockjeIqobibebBebPectBwFghcevBElEpbhbjCyDnbBfH"
    "mibCcbebcccbubibcbcgcecbcbcbgbebcccbcbcbcbcbebccibobibibcbubBifgbkbBiWiB"
    "bEDfvBNqEWKeBgMZccRCecWCwpBVwDQwBPsCFyOPyfZDc";

static uint32_t class_edges[2 * CLASS_RUNS];
static unsigned char class_ascii[128];

static inline uint32_t run_number(const char **at)
{
    uint32_t n = 0;
    while (**at < 'a')
        n = 26 * (n + (uint32_t)(*(*at)++ - 'A'));
    return n + (uint32_t)(*(*at)++ - 'a');
}

static inline bool code_is_space(uint32_t c)
{
    return (c >= 9 && c <= 13) || c == ' ' || c == 0xa0 || c == 0x1680
        || (c >= 0x2000 && c <= 0x200a) || c == 0x2028 || c == 0x2029
        || c == 0x202f || c == 0x205f || c == 0x3000 || c == 0xfeff;
}

/* class_of: the class of a code point. */
static inline enum char_class class_of(uint32_t code)
{
    size_t low = 0, high = 2 * CLASS_RUNS;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (class_edges[middle] >> 2 <= code)
            low = middle + 1;
        else
            high = middle;
    }
    enum char_class is = low ? class_edges[low - 1] & 3 : CLASS_OTHER;
    return is == CLASS_OTHER && code_is_space(code) ? CLASS_SPACE : is;
}

static inline void classes_start(void)
{
    const char *at = class_runs;
    uint32_t code = 0;
    for (size_t i = 0; i < CLASS_RUNS; i++) {
        code += run_number(&at);
        uint32_t run = run_number(&at);
        class_edges[2 * i] = code << 2
            | (run % 2 ? CLASS_NUMBER : CLASS_LETTER);
        code += run / 2;
        class_edges[2 * i + 1] = code << 2 | CLASS_OTHER;
    }
    REQUIRE(!*at);
    for (uint32_t c = 0; c < 128; c++)
        class_ascii[c] = (unsigned char)class_of(c);
}

/* code_point: of a character that has so many bytes, as utf8_bytes says. */
static inline uint32_t code_point(const char *text, size_t bytes)
{
    uint32_t code = (unsigned char)*text;
    code &= bytes > 1 ? 0x7fu >> bytes : 0x7f;
    for (size_t i = 1; i < bytes; i++)
        code = code << 6 | ((unsigned char)text[i] & 0x3f);
    return code;
}

/* char_class: of the first character of a text of n > 0 bytes, which has so
 * many. A byte that begins no character is one by itself, and a sign. */
static inline enum char_class char_class(const char *text, size_t n,
                                         size_t *bytes)
{
    if (!class_edges[0])
        classes_start();
    *bytes = 1;
    if ((unsigned char)*text < 128)
        return class_ascii[(unsigned char)*text];
    size_t got = utf8_bytes(text, n);
    if (!got)
        return CLASS_OTHER;
    *bytes = got;
    return class_of(code_point(text, got));
}

static inline size_t contraction(const char *text, size_t n)
{
    if (*text != '\'' || n < 2)
        return 0;
    if (text[1] == 's' || text[1] == 't' || text[1] == 'm' || text[1] == 'd')
        return 2;
    if (n > 2 && (!memcmp(text + 1, "re", 2) || !memcmp(text + 1, "ve", 2)
                  || !memcmp(text + 1, "ll", 2)))
        return 3;
    return 0;
}
/* split_next: the bytes of the first piece of a text of n > 0 bytes. Bytes
 * that are no UTF-8 count as signs.  Radford et al. 2019. */
static inline size_t split_next(const char *text, size_t n)
{
    size_t at = contraction(text, n), bytes, last;
    if (at > 0)
        return at;
    const size_t blank = *text == ' ';
    if (n > blank) {
        enum char_class is = char_class(text + blank, n - blank, &bytes);
        if (is != CLASS_SPACE) {
            for (at = blank + bytes; at < n; at += bytes)
                if (char_class(text + at, n - at, &bytes) != is)
                    break;
            return at;
        }
    }
    for (last = 0; at < n; at += last = bytes)
        if (char_class(text + at, n - at, &bytes) != CLASS_SPACE)
            break;
    return at == n || at == last ? at : at - last;
}
#endif
