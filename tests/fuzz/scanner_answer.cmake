fuzz_target(scanner_answer USES gp_scan gp_scan_scanners)
