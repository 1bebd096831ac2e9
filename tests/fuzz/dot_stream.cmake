fuzz_target(dot_stream USES gp_smtp)
