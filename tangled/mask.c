/* mask.c -- generated from chapters/11-mask.nw. Do not edit. */
#include "figure.h"
#include "mask.h"
#include "npy.h"

int main(void)
{
    struct mask mask = mask_new(1, 2, 2);
    mask_free(&mask);
    return 0;
}
