fuzz_target(sasl ROUNDS 20000 USES gp_conf_params gp_auth gp_auth_mechanisms gp_expand gp_expand_operators gp_expand_items
    gp_expand_conditions gp_expand_variables gp_lookup_drivers gp_event)
show_only(sasl_fuzz PRIVATE tests/unit/expand)
