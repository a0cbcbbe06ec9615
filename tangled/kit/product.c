/* product.c -- generated from chapters/H-kit.nw. Do not edit. */
#include "kit/modes.h"
static double scale = 1;
enum { A, B, OUT };
static struct port ports[] = { { "a", "n k", "left" },
    { "b", "k m", "right" }, { "out", "n m", "both", PORT_OUT }, { 0 } };
static const struct command_option options[] = {
    { "scale", OPTION_DOUBLE, &scale, "S", "a factor", "0<.." }, { 0 } };
static int run(void)
{
    size_t n = axis("n"), m = axis("m"), width = axis("k");
    double *out = allocate(n * m, sizeof *out);
    for (size_t i = 0; i < n * m; i++)
        for (size_t k = 0; k < width; k++)
            out[i] += scale * port_doubles(A)[i / m * width + k]
                            * port_doubles(B)[k * m + i % m];
    port_give(OUT, out);
    free(out);
    return 0;
}
static const struct mode modes[] = {
    { NULL, "a b", "scale out", run, "multiply two matrices" }, { 0 } };
int main(int argc, char **argv)
{
    return program_run(&(struct program){ "product", "a matrix product",
        "product --a a.npy --b b.npy", options, ports, modes }, argc, argv);
}
