# The libraries of DESIGN.md section 10, each as an imported target.

find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)
find_package(OpenSSL 3.0 REQUIRED)

pkg_check_modules(EVENT REQUIRED IMPORTED_TARGET libevent_core)
pkg_check_modules(FMT REQUIRED IMPORTED_TARGET fmt)
pkg_check_modules(PCRE2 REQUIRED IMPORTED_TARGET libpcre2-8)
pkg_check_modules(UNBOUND REQUIRED IMPORTED_TARGET libunbound)
pkg_check_modules(IDN2 REQUIRED IMPORTED_TARGET libidn2)
pkg_check_modules(SECCOMP REQUIRED IMPORTED_TARGET libseccomp)

# Debian ships no pkg-config file for these two.
foreach(pair "BDB;db-5.3" "BOOST_CONTEXT;boost_context")
    list(GET pair 0 target)
    list(GET pair 1 library)
    find_library(${target}_LIBRARY ${library} REQUIRED)
    add_library(Found::${target} UNKNOWN IMPORTED)
    set_target_properties(Found::${target} PROPERTIES IMPORTED_LOCATION ${${target}_LIBRARY})
endforeach()

# Lookup drivers.
pkg_check_modules(SQLITE REQUIRED IMPORTED_TARGET sqlite3)
pkg_check_modules(LMDB REQUIRED IMPORTED_TARGET lmdb)
