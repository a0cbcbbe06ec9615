/* matching.h -- generated from chapters/19-vision.nw. Do not edit. */
/* Offers: struct matching, match */

/* matching.h -- the cheapest assignment of rows to columns. */
#ifndef MATCHING_H
#define MATCHING_H
#include "kit/workshop.h"

enum { MATCH_MOST = 64 };

/* An assignment: the column (n) of each row, and the potentials u (n) of the
 * rows and v (m) of the columns. */
struct matching {
    int32_t column[MATCH_MOST];
    double u[MATCH_MOST], v[MATCH_MOST];
};
/* match: n rows to different columns, with the least sum of costs (n, m), in
 * m n^2 steps.  The potentials prove it: u + v <= cost, equal where matched;
 * v <= 0, and 0 where no row is.  Checked: n <= m <= MATCH_MOST. */
static inline struct matching match(const float *cost, size_t n, size_t m)
{
    struct matching t = { { 0 }, { 0 }, { 0 } };
    int32_t owner[MATCH_MOST], from[MATCH_MOST];     /* of a column */
    REQUIRE(n <= m && m <= MATCH_MOST);
    memset(owner, -1, sizeof owner), memset(from, -1, sizeof from);
    for (size_t row = 0; row < n; row++) {
        double slack[MATCH_MOST];
        bool reached[MATCH_MOST] = { false };
        int32_t at = -1;                  /* the new row has no column */
        for (size_t j = 0; j < m; j++)
            slack[j] = INFINITY;
        do {
            size_t i = at < 0 ? row : (size_t)owner[at], next = m;
            for (size_t j = 0; j < m; j++) {
                const double left = (double)cost[i * m + j] - t.u[i] - t.v[j];
                if (!reached[j] && left < slack[j])
                    slack[j] = left, from[j] = at;
                if (!reached[j] && (next == m || slack[j] < slack[next]))
                    next = j;
            }
            const double step = slack[next];
            t.u[row] += step;
            for (size_t j = 0; j < m; j++)
                if (reached[j])
                    t.u[owner[j]] += step, t.v[j] -= step;
                else
                    slack[j] -= step;
            reached[next] = true, at = (int32_t)next;
        } while (owner[at] >= 0);
        for (; at >= 0; at = from[at]) {  /* all on the way move */
            owner[at] = from[at] < 0 ? (int32_t)row : owner[from[at]];
            t.column[owner[at]] = at;
        }
    }
    return t;
}
#endif

