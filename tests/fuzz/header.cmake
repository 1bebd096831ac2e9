fuzz_target(header USES gp_mail)
