fuzz_target(tls_switch ROUNDS 600 USES gp_prog_smtpd test_peer test_support)
target_sources(tls_switch_fuzz PRIVATE ${CMAKE_SOURCE_DIR}/tests/unit/smtpd/transcript.cpp)
show_only(tls_switch_fuzz PRIVATE tests/unit/smtpd)

fuzz_target(tls_switch_client ROUNDS 600 USES gp_prog_remote test_peer test_support)
show_only(tls_switch_client_fuzz PRIVATE tests/unit/remote)
