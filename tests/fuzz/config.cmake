fuzz_target(config USES gp_conf_params)
