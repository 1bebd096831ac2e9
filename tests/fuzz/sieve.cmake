fuzz_target(sieve USES gp_sieve gp_sieve_commands gp_sieve_tests gp_expand_operators gp_expand_items
    gp_expand_conditions gp_expand_variables)
target_include_directories(sieve_fuzz PRIVATE ${CMAKE_SOURCE_DIR})
