fuzz_target(filter USES gp_filter gp_filter_commands gp_filter_conditions gp_expand_operators gp_expand_items
    gp_expand_conditions gp_expand_variables)
target_include_directories(filter_fuzz PRIVATE ${CMAKE_SOURCE_DIR})
