fuzz_target(config ROUNDS 800 USES gp_conf_params)
