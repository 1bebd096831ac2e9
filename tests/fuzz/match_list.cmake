fuzz_target(match_list ROUNDS 6000 USES gp_match gp_lookup_drivers gp_event)
show_only(match_list_fuzz PRIVATE tests/unit/match)
