fuzz_target(milter USES gp_scan)
