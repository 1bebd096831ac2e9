fuzz_target(spool_record USES gp_spool)
fuzz_target(spool_envelope USES gp_spool)
