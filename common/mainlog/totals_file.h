// The totals on the disk, with the lines that they count.
//
// Before lines go to their files they are written here, with the numbers that count them: a process that is killed in
// between finds both at its next start and appends what is missing. Two files are written by turns, so that one of them
// is whole. Nothing is synced: after a power cut the numbers may lack what the log may lack, too.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/owned_fd.h"
#include "common/base/result.h"

namespace gp::mainlog {

// Lines for one log file, and where they go.
struct Intent {
    std::string word; // "main", "json"
    std::uint64_t inode = 0;
    std::uint64_t offset = 0; // the file's size before
    std::string text;
};

class TotalsFile {
public:
    struct Kept {
        std::uint64_t sequence = 0;
        std::string totals; // as Totals::text()
        std::vector<Intent> intents;
    };

    // The directory of the log files that a log_file_path names; empty where it has no constant one.
    static std::string directory_of(std::string_view log_file_path);
    // What the newest whole one of the two files in the directory says; nothing where there is none.
    static std::optional<Kept> read(const std::string& directory);

    // For its one writer.
    Status open(const std::string& directory, unsigned mode);
    bool is_open() const { return static_cast<bool>(files_[0]); }
    Status write(std::string_view totals, const std::vector<Intent>& intents);

private:
    std::array<OwnedFd, 2> files_;
    std::uint64_t sequence_ = 0;
};

}
