fuzz_target(scram ROUNDS 20000 USES gp_auth gp_expand)
