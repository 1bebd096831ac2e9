fuzz_target(spool_record USES gp_spool)
