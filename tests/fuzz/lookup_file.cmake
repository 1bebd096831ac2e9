fuzz_target(lookup_file ROUNDS 3000 USES gp_lookup gp_lookup_drivers gp_event)
show_only(lookup_file_fuzz PRIVATE tests/unit/lookup)
