fuzz_target(dns_answer USES gp_dns)
