// The lines of a log file, plain or compressed. A compressed one (.gz .bz2 .xz .zst .Z .lzma) is read through the
// program that unpacks it, started without a shell.
#pragma once

#include <cstdio>
#include <memory>
#include <string>
#include <string_view>

#include "common/base/result.h"

namespace gp::mainlog {

class LogFile {
public:
    static Result<LogFile> open(const std::string& path); // "-" is standard input
    LogFile(LogFile&& other) noexcept;
    LogFile& operator=(LogFile&&) = delete;
    ~LogFile(); // waits for the unpacking program

    // The next line without its end; valid until the next call. False at the end. A line over the bound
    // (1 MiB) comes in pieces.
    bool next(std::string_view& line);
    // After the end: whether all of it could be read and unpacked.
    Status finish();

private:
    LogFile(std::string path, std::FILE* file, int child) : path_(std::move(path)), file_(file), child_(child) {}
    std::string path_;
    std::FILE* file_ = nullptr;
    int child_ = -1; // process that unpacks
    std::string line_;
};

}
