# Flags of every build: warnings are errors, the hardening that Debian's tools
# check for, ccache when it is there, sanitizers when they are asked for.

option(GATEPOST_SANITIZE "Address and undefined-behaviour sanitizers" OFF)

find_program(CCACHE ccache)
if(CCACHE)
    # hash_dir off and paths relative, so that two build folders share results;
    # the precompiled headers need the sloppiness.
    set(launcher ${CMAKE_COMMAND} -E env CCACHE_NOHASHDIR=1 CCACHE_BASEDIR=${CMAKE_SOURCE_DIR}
        CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime ${CCACHE})
    set(CMAKE_CXX_COMPILER_LAUNCHER ${launcher})
    set(CMAKE_C_COMPILER_LAUNCHER ${launcher})
endif()

add_compile_options(
    -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wnon-virtual-dtor -Woverloaded-virtual -Wno-missing-field-initializers -Werror
    -fPIE -fstack-protector-strong -fstack-clash-protection -fcf-protection
    -ffile-prefix-map=${CMAKE_SOURCE_DIR}/= -ffile-prefix-map=${CMAKE_BINARY_DIR}/view/=)
add_compile_definitions(_GNU_SOURCE GATEPOST_VERSION="${PROJECT_VERSION}")
add_link_options(-pie -Wl,-z,relro -Wl,-z,now -Wl,-z,noexecstack -Wl,--as-needed)

set(CMAKE_CXX_FLAGS_RELWITHDEBINFO "-O2 -g1 -DNDEBUG")
set(CMAKE_CXX_FLAGS_DEBUG "-O0 -g1")
if(CMAKE_BUILD_TYPE STREQUAL "RelWithDebInfo")
    # The C library's own definition, where a distribution sets one, must not clash.
    add_compile_options(-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3)
endif()
add_compile_definitions(_GLIBCXX_ASSERTIONS)

if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    add_compile_options(-fpch-preprocess)
    # GCC 12 sees overflows that are not there through std::string at -O2.
    add_compile_options(-Wno-restrict -Wno-stringop-overflow -Wno-stringop-overread -Wno-maybe-uninitialized -Wno-array-bounds)
endif()

if(GATEPOST_SANITIZE)
    add_compile_options(-fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer -O1)
    add_link_options(-fsanitize=address,undefined)
endif()

if(GATEPOST_FUZZ)
    # GCC's warnings are the house's; those of clang that GCC does not know are not errors here.
    add_compile_options(-fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=undefined
        -fno-omit-frame-pointer -O1 -Wno-error)
    add_link_options(-fsanitize=address,undefined)
endif()
