#include "check.h"
#include "idx.h"

TEST(a_contract_stops)
{
    CHECK_SAYS(DIES_REQUIRE, "contract broken: 1 > 2", REQUIRE(1 > 2));
    CHECK_SAYS(DIES_FAIL, "too?bad 7", fail("too\nbad %d", 7));
}

CHECK_MAIN()

