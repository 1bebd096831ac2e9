if(TARGET gp_prog_smtpd)
    fuzz_target(proxy_header USES gp_prog_smtpd)
    target_include_directories(proxy_header_fuzz PRIVATE ${CMAKE_SOURCE_DIR})
endif()
