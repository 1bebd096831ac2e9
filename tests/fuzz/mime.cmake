if(TARGET gp_prog_scan)
    fuzz_target(mime USES gp_prog_scan)
    target_include_directories(mime_fuzz PRIVATE ${CMAKE_SOURCE_DIR})
endif()
