// May this file be searched, and what is in it? Every driver that reads a file opens it here.
#pragma once

#include <sys/stat.h>

#include <cstdint>
#include <string>
#include <string_view>

#include "common/base/owned_fd.h"
#include "common/base/result.h"
#include "common/base/tainted.h"

namespace gp::lookup {

// Which file a name stood for when it was opened. Unequal when it was written or replaced since.
class FileIdentity {
public:
    FileIdentity() = default;
    explicit FileIdentity(const struct stat& from);
    static FileIdentity of(const std::string& path); // never equal to another when there is no file
    bool operator==(const FileIdentity&) const = default;

private:
    std::uint64_t device_ = 0, inode_ = 0, size_ = 0;
    std::int64_t modified_ = -1, modified_ns_ = 0, changed_ = 0, changed_ns_ = 0;
};

struct OpenedFile {
    OwnedFd fd;
    struct stat status {};
};

// A regular file for reading. The error is Exim's: failed to open PATH for PURPOSE: REASON. Temporary.
Result<OpenedFile> open_for_search(const std::string& path, std::string_view purpose, std::string_view driver);

// All of it; refused when it is larger than `largest`.
Result<std::string> read_whole(int fd, const std::string& path, std::int64_t largest);

// A name that came from outside is refused, with what to write instead.
Status check_clean(const Text& name, std::string_view what);

// "$local_part comes from outside: …": what to use in its place; empty when nothing better is known.
std::string taint_advice(std::string_view taint);

}
