fuzz_target(spool_record ROUNDS 6000 USES gp_spool)
fuzz_target(spool_envelope USES gp_spool)
