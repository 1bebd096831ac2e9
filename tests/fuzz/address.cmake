fuzz_target(address USES gp_mail)
