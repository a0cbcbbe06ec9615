/* A training step of llm.c, to be timed beside `gpt bench`. Its program is
 * included as it is, from a checkout of its repository in the folder DIR:
 *
 *     cc -Ofast -march=native -fopenmp -I DIR tests/peers/llmc.c -o llmc -lm
 *     ./llmc LAYERS HEADS EMBED CONTEXT BATCH VOCABULARY
 *
 * It prints the milliseconds of a step (forward, backward, AdamW), the median
 * of as many steps as fit into ten seconds, five at least, after one more. */
#define TESTING
#include "train_gpt2.c"

static int compare(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* What gpt2_build_from_checkpoint does with a file, with small numbers. */
static void build(GPT2 *model, char **is)
{
    *model = (GPT2){ .mean_loss = -1 };
    model->config = (GPT2Config){ .num_layers = atoi(is[0]),
        .num_heads = atoi(is[1]), .channels = atoi(is[2]),
        .max_seq_len = atoi(is[3]), .vocab_size = atoi(is[5]) };
    model->config.padded_vocab_size = (model->config.vocab_size + 127) / 128
                                    * 128;
    fill_in_parameter_sizes(model->param_sizes, model->config);
    for (size_t i = 0; i < NUM_PARAMETER_TENSORS; i++)
        model->num_parameters += model->param_sizes[i];
    model->params_memory = malloc_and_point_parameters(&model->params,
                                                       model->param_sizes);
    for (size_t i = 0; i < model->num_parameters; i++)
        model->params_memory[i] = .02f * (float)(rand() % 2001 - 1000) / 1000;
}

int main(int argc, char **argv)
{
    enum { MOST = 1000 };
    static double times[MOST];
    GPT2 model;
    if (argc != 7) {
        fputs("usage: llmc LAYERS HEADS EMBED CONTEXT BATCH VOCABULARY\n",
              stderr);
        return 2;
    }
    build(&model, argv + 1);
    const int T = model.config.max_seq_len, B = atoi(argv[5]);
    int *ids = calloc((size_t)(B * T + 1), sizeof *ids), n = 0;
    for (int i = 0; i <= B * T; i++)
        ids[i] = rand() % model.config.vocab_size;
    const double first = now();
    for (double start = first; n < MOST && (n < 6 || start < first + 10);
         n++) {
        start = now();
        gpt2_forward(&model, ids, ids + 1, (size_t)B, (size_t)T);
        gpt2_zero_grad(&model);
        gpt2_backward(&model);
        gpt2_update(&model, 1e-3f, .9f, .95f, 1e-8f, .1f, n + 1);
        times[n] = 1e3 * (now() - start);
    }
    qsort(times + 1, (size_t)n - 1, sizeof *times, compare);
    printf("%.2f\n", times[1 + (n - 1) / 2]);
    free(ids);
    return 0;
}
