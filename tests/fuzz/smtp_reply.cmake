fuzz_target(smtp_reply USES gp_smtp)
