fuzz_target(acl ROUNDS 5000 USES gp_acl gp_acl_conditions gp_acl_modifiers gp_acl_controls gp_expand gp_expand_operators
    gp_expand_items gp_expand_conditions gp_expand_variables gp_lookup_drivers gp_event)
show_only(acl_fuzz PRIVATE tests/unit/expand)
