fuzz_target(spool_envelope USES gp_spool)
