/* conforms_check.c -- generated from chapters/H-kit.nw. Do not edit. */
#include "kit/conforms.h"
#include "kit/conforms_broken.h"
#include "double/conforms_broken_double.h"

CONFORMS(norms, .golden = NULL)

TEST(each_fault_is_found_by_its_own_check)
{
    static const struct conforms how = { .golden = "gradient",
                                         .file = __FILE__, .line = __LINE__ };
    for (size_t i = 0; broken[i].name; i++)
        for (int p = 0; p < CONFORMS_PROPERTIES; p++) {
            struct conforms_test c = { .op = &broken[i], .how = &how,
                .twin = &broken_double[i], .property = p }, *entry = &c;
            const char *name = conforms_properties[p].name;
            snprintf(c.name, sizeof c.name, "broken: %s", name);
            const bool same = strcmp(name, broken[i].name) == 0;
            assert_true(conforms_concerns(&c) || !same);
            if (!conforms_concerns(&c))
                continue;
            struct child child = child_start();
            if (check_in_child) {
                conforms_run((void **)&entry);
                _exit(0);
            }
            child_check(child, same ? DIES_CHECK : 0, same ? name : "", name,
                        broken[i].name, (int)i);
        }
}
CHECK_MAIN()
