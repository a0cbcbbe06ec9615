/* block.c -- generated from chapters/13-block.nw. Do not edit. */
#include "block.h"
int main(void)
{
    return 0;
}
