fuzz_target(smtp_command USES gp_smtp)
