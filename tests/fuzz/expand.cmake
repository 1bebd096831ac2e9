fuzz_target(expand USES gp_expand gp_expand_operators gp_expand_items gp_expand_conditions gp_expand_variables
    gp_lookup_drivers gp_event)
show_only(expand_fuzz PRIVATE tests/unit/expand)
