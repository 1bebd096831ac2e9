// What is read: a configuration file by name, or a text in hand, and the bounds on it.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>

#include "common/base/result.h"

namespace gp::config {

struct Limits {
    std::size_t total_size = 64 * 1024 * 1024; // octets read from all files, each as often as it is included
    std::size_t line_size = 4 * 1024 * 1024;   // of one logical line, macros substituted
    std::size_t lines = 2'000'000;             // physical lines
    unsigned include_depth = 50;
    unsigned condition_depth = 100; // nested .ifdef
    std::size_t macros = 10'000;
};

// The content of a file, or an error whose cause is not_found when there is none.
using ReadFile = std::function<Result<std::string>(const std::string& path, std::size_t most)>;
Result<std::string> read_file(const std::string& path, std::size_t most);
// A reader that refuses files which others than root and `owner` could have written (manual chapter 6):
// a wrong owner, writable by everybody, or by a group other than root's.
ReadFile trusted_files(unsigned owner);

struct Source {
    std::string name;                // path of the file; with `text`, what origins call it
    std::optional<std::string> text; // the configuration itself: embedded default, tests, fuzzing
    ReadFile read = read_file;       // how files are read, included ones too
};

}
