// From the files of a log to the messages that are alive, and what was wrong on the way.
//
//   1. every segment's headers are read; a blank one goes to the shelf, one that is shorter than it was
//      meant to be (killed while it was filled) is removed and so refilled before any use
//   2. segments are ordered by generation; those below the highest floor that a header names are free
//   3. the rest is scanned in that order and every proved record is applied
//   4. a gap in the numbers is either a batch that was torn before anybody was told (normal after a power
//      cut), or the loss of something promised: that is an alarm
//
// Nothing is written and nothing is removed, except unusable files when `may_repair`.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "common/spool/catalog.h"
#include "common/spool/io.h"
#include "common/spool/log.h"
#include "common/spool/scan.h"

namespace gp::spool {

struct RecoveryOptions {
    bool may_repair = false;     // the owner's start; a reader only looks
    bool check_bodies = true;    // the negative control of a test switches this off
    std::size_t remembered = 100'000; // ids of finished messages that are told, the latest ones
};

struct RecoveryReport {
    std::vector<std::string> remarks; // worth a line in the main log
    std::vector<std::string> alarms;  // something promised is lost or unreadable
    std::uint64_t records = 0;
    std::uint64_t segments = 0;       // scanned
    bool knows_of_losses = false;     // damage that an earlier start has told of is still there
    std::vector<Key> finished;        // the latest ones: they were committed once
};

struct Recovered {
    Catalog catalog; // segments with something that may count
    std::vector<std::shared_ptr<SegmentFile>> free;             // blank, or below the floor
    Log::Start start;
    unsigned next_number = 1; // of a file to be made
    RecoveryReport report;
};

Result<Recovered> recover(const Io& io, int log_directory, const RecoveryOptions& options);

}
