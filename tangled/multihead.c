/* multihead.c -- generated from chapters/10-multihead.nw. Do not edit. */
#include "figure.h"
#include "multihead.h"
#include "npy.h"
#include "peak.h"

int main(void)
{
    return 2;
}
